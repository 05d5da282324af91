import { availableParallelism } from 'node:os'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { unavailable } from '../platform/errors.ts'
import type { Bound } from './prepared.ts'

// Queries over many rows run on worker threads, each with its own read-only connection, so that they never hold up the event loop.

const timeLimitMs = 60_000

/** Where the worker finds the database. */
interface Reader {
  store: { path: string; apart: Piscina }
}

/** The pool of reader workers: none until the first question, ended after a minute without one. */
export const openApart = (): Piscina =>
  new Piscina({
    filename: new URL('apart.worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: Math.max(1, Math.min(4, availableParallelism() - 1)),
    idleTimeout: 60_000,
    maxQueue: 100
  })

/** The rows of a statement, read by a worker. Rejects with `unavailable` after the time limit or when too many wait. */
export async function rowsApart<Row>({ store }: Reader, { sql, values }: Bound, signal?: AbortSignal): Promise<Row[]> {
  return run(store.apart, { path: store.path, sql, values }, 'rows', signal)
}

/** The one number a count statement gives. */
export async function countApart(reader: Reader, bound: Bound): Promise<number> {
  const [row] = await rowsApart<{ total: number }>(reader, bound)
  return row?.total ?? 0
}

/**
 * The rows of a statement as text, in pieces: `format` names a function that the module `formatter` exports, which the worker calls
 * as `format(row, options)` with each row as an array. The worker reads on only as the pieces are taken.
 */
export async function* textApart(
  { store }: Reader,
  { sql, values }: Bound,
  { formatter, format, options }: { formatter: string; format: string; options: unknown },
  signal: AbortSignal
): AsyncGenerator<string> {
  const { port1, port2 } = new MessageChannel()
  const stop = new AbortController()
  const task = { path: store.path, sql, values, formatter, format, options, port: port2 }
  const ended = run(store.apart, task, 'text', AbortSignal.any([signal, stop.signal]), [port2]).catch(error => {
    port1.postMessage('stop')
    port1.close()
    throw error
  })
  ended.catch(() => {})
  try {
    for (;;) {
      const next = new Promise<string | null>(resolve => port1.once('message', resolve))
      port1.postMessage('more')
      const piece = await Promise.race([next, ended.then(() => null)])
      if (piece === null) break
      yield piece
    }
    await ended
  } finally {
    stop.abort()
    port1.close()
  }
}

async function run(apart: Piscina, task: object, name: string, signal?: AbortSignal, transferList: unknown[] = []) {
  const limit = AbortSignal.timeout(timeLimitMs)
  try {
    return await apart.run(task, {
      name,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      transferList: transferList as never
    })
  } catch (error) {
    if (limit.aborted) throw unavailable(`This took longer than ${timeLimitMs / 1000} seconds and was stopped; ask for less`)
    if (error instanceof Error && /queue/i.test(error.message)) throw unavailable('Too many reports are running, try again')
    throw error
  }
}
