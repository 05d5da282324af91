import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { type Problem, unavailable } from '../platform/errors.ts'
import { inTurn } from '../platform/fairness.ts'
import type { Bound } from './prepared.ts'

// Queries over many rows never hold up the event loop: SQLite answers them in worker threads, each with its own read-only connection,
// PostgreSQL over connections of their own. What is made of very many rows is made in a worker thread with both.

const timeLimitMs = 60_000
const longestQueue = 100

/** Answers queries that take more than a few milliseconds. Rejects with `unavailable` after the time limit or when too many wait. */
export interface Apart {
  rows<Row>(bound: Bound, limits?: Limits): Promise<Row[]>
  /** Each row as an array, in the order of the columns. */
  arrays(bound: Bound, limits?: Limits): Promise<unknown[][]>
  /** What a function makes of the rows. */
  fold<Result>(bound: Bound, fold: Fold, limits?: Limits): Promise<Result>
  /** The threads that do so. */
  workers: Piscina
  close(): Promise<void>
}

export interface Limits {
  /** Stops the work when it is no longer wanted: the promise rejects with the signal's reason. */
  signal?: AbortSignal
  timeLimitMs?: number
  /** It goes on with what was begun: waits where its organization has too much going on, instead of being refused. */
  goesOn?: boolean
}

/**
 * A function of a module, to be called in the worker with `options` (plain data): it gives a `Folding`, whose result is plain data.
 * `module` is its address, such as `new URL('csv.ts', import.meta.url).href`.
 */
export interface Fold {
  module: string
  name: string
  options: unknown
}

export interface Folding<Row, Result> {
  /** Takes the next row. */
  add(row: Row): void
  result(): Result
}

interface Reader {
  store: { apart: Apart }
  organization: { id: number }
}

// How verbs ask: each organization in its turn.

export const rowsApart = <Row>(reader: Reader, bound: Bound, limits?: Limits): Promise<Row[]> =>
  fairly(reader, limits, apart => apart.rows<Row>(bound, limits))

export const arraysApart = (reader: Reader, bound: Bound, limits?: Limits): Promise<unknown[][]> =>
  fairly(reader, limits, apart => apart.arrays(bound, limits))

export const foldApart = <Result>(reader: Reader, bound: Bound, fold: Fold, limits?: Limits): Promise<Result> =>
  fairly(reader, limits, apart => apart.fold<Result>(bound, fold, limits))

/** The one number a count statement gives. */
export async function countApart(reader: Reader, bound: Bound): Promise<number> {
  const [row] = await rowsApart<{ total: number }>(reader, bound)
  return row?.total ?? 0
}

const fairly = <T>({ store, organization }: Reader, limits: Limits | undefined, work: (apart: Apart) => Promise<T>): Promise<T> =>
  inTurn(store.apart, organization.id, limits?.goesOn ?? false, () => work(store.apart))

/** Where the worker finds the rows. */
export type Source = { kind: 'sqlite'; path: string } | { kind: 'postgres'; url: string }

/** Reader workers: none until the first question, ended after a minute without one. */
export function openThreads(source: Source): Apart {
  const pool = new Piscina({
    filename: new URL('apart.worker.ts', import.meta.url).href,
    minThreads: 0,
    // Two at least, so that one long report does not hold up the counts of lists.
    maxThreads: Math.max(2, Math.min(4, availableParallelism() - 1)),
    idleTimeout: 60_000
  })
  const ask = <Result>(name: string, task: object, limits?: Limits): Promise<Result> =>
    withLimits(pool.queueSize, limits, async (signal, timeLimitMs) => {
      try {
        return (await pool.run({ source, timeLimitMs, ...task }, { name, signal })) as Result
      } catch (error) {
        startAnother(pool)
        throw withCode(error)
      }
    })
  return {
    workers: pool,
    rows: (bound, limits) => ask('rows', bound, limits),
    arrays: (bound, limits) => ask('arrays', bound, limits),
    fold: (bound, fold, limits) => ask('fold', { ...bound, ...fold }, limits),
    close: () => pool.destroy()
  }
}

/**
 * Runs `work`, whose signal says when it must stop: the caller left, or the time is over. `waiting` is how many wait already.
 */
export async function withLimits<T>(
  waiting: number,
  { signal, timeLimitMs: limit = timeLimitMs }: Limits = {},
  work: (signal: AbortSignal, timeLimitMs: number) => Promise<T>
): Promise<T> {
  signal?.throwIfAborted()
  // Piscina's own limit does not count tasks that can be stopped.
  if (waiting >= longestQueue) throw unavailable('Too many reports are running, try again')
  const stop = new AbortController()
  const giveUp = (): void => stop.abort(signal?.reason)
  const timer = setTimeout(() => stop.abort(overtime(limit)), limit)
  signal?.addEventListener('abort', giveUp)
  try {
    return await work(stop.signal, limit)
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** Errors come from a worker without their code; it has put it before the message. */
function withCode(error: unknown): unknown {
  const [, code] = error instanceof Error ? (/^code ([A-Z0-9_]+): /.exec(error.message) ?? []) : []
  return code ? Object.assign(error as Error, { code }) : error
}

const overtime = (limit: number): Problem =>
  unavailable(`This took longer than ${limit / 1000} seconds and was stopped; ask for less`)

/** Stopping a task ends its worker, and Piscina starts no other one for those that wait: a task that cannot be stopped makes it. */
function startAnother(pool: Piscina): void {
  if (pool.queueSize > 0 && pool.threads.length < pool.maxThreads) pool.run(undefined, { name: 'nothing' }).catch(() => {})
}
