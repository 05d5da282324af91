import { readdirSync, readFileSync } from 'node:fs'

// What Linux tells of processes. Its times are in hundredths of a second on every machine.

const tickMs = 10

/** The fields of /proc/…/stat that follow the name, which may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** The process that started this one; throws when it does not run on this machine. */
export function parentOf(pid: number): number {
  try {
    return Number(statOf(pid)[1])
  } catch {
    throw new Error('The CPU time of PostgreSQL can be told on Linux only, of a server on this machine')
  }
}

/** CPU milliseconds of a process and all that it started, also of those that have ended. */
export const cpuOfTree = (pid: number) => (): number => {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(thread => childrenOf(pid, thread))
  const ticks = children.map(child => ifAlive(() => cpuOfTree(child)(), 0))
  const own = ifAlive(() => statOf(pid).slice(11, 15).map(Number), [])
  return [...own.map(time => time * tickMs), ...ticks].reduce((sum, time) => sum + time, 0)
}

const childrenOf = (pid: number, thread: string): number[] =>
  ifAlive(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number), [])

/** What a process that may end at any time tells, or `otherwise`. */
function ifAlive<T>(ask: () => T, otherwise: T): T {
  try {
    return ask()
  } catch {
    return otherwise
  }
}
