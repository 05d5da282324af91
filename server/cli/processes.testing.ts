import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

// What tests of several processes ask them, and how they know one from another.

export interface Reply {
  status: number
  headers: NodeJS.Dict<string | string[]>
  /** Which process answered. */
  process: string
  text: string
}

/** Asks over a connection of its own: connections go to the workers in turn. A `body` is posted as JSON. */
export const ask = (address: string, headers: Record<string, string> = {}, body?: unknown): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const [method, type] = body === undefined ? ['GET', {}] : ['POST', { 'content-type': 'application/json' }]
    const asking = request(address, { agent: false, method, headers: { ...headers, ...type } }, async answer => {
      let text = ''
      for await (const piece of answer) text += piece
      const process = String(answer.headers['x-request-id']).split('-').slice(0, -1).join('-')
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, process, text })
    })
    asking.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })

/** How many different processes answered. */
export const processesOf = (replies: Reply[]): number => new Set(replies.map(({ process }) => process)).size

/** The workers that have said in the log that they serve, oldest first. */
export const workersIn = ({ stdout }: { stdout: string }): number[] =>
  [...stdout.matchAll(/"worker":(\d+),"msg":"a worker serves"/g)].map(([, pid]) => Number(pid))

/** The log comes with a delay. */
export async function untilServing(output: { stdout: string }, count: number): Promise<number[]> {
  while (workersIn(output).length < count) await wait(10)
  return workersIn(output)
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
