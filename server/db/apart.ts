import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { type Problem, unavailable } from '../platform/errors.ts'
import { inTurn } from '../platform/fairness.ts'
import type { Bound } from './prepared.ts'

// Queries over many rows run on worker threads, each with its own read-only connection, so that they never hold up the event loop.

const timeLimitMs = 60_000
const longestQueue = 100

/** Where the worker finds the database. */
interface Reader {
  store: { path: string; apart: Piscina }
  /** Whose work it is; the installation's own has none. */
  organization?: { id: number }
}

interface Limits {
  /** Stops the work when it is no longer wanted: the promise rejects with the signal's reason. */
  signal?: AbortSignal
  timeLimitMs?: number
  /** It goes on with what was begun: waits where its organization has too much going on, instead of being refused. */
  goesOn?: boolean
}

/** The pool of reader workers: none until the first question, ended after a minute without one. */
export const openApart = (): Piscina =>
  new Piscina({
    filename: new URL('apart.worker.ts', import.meta.url).href,
    minThreads: 0,
    // Two at least, so that one long report does not hold up the counts of lists.
    maxThreads: Math.max(2, Math.min(4, availableParallelism() - 1)),
    idleTimeout: 60_000
  })

/** The rows of a statement, read by a worker. Rejects with `unavailable` after the time limit or when too many wait. */
export const rowsApart = <Row>(reader: Reader, bound: Bound, limits?: Limits): Promise<Row[]> =>
  run(reader, 'rows', bound, undefined, limits)

/** The same with each row as an array, in the order of the columns. */
export const arraysApart = (reader: Reader, bound: Bound, limits?: Limits): Promise<unknown[][]> =>
  run(reader, 'arrays', bound, undefined, limits)

/** The one number a count statement gives. */
export async function countApart(reader: Reader, bound: Bound): Promise<number> {
  const [row] = await rowsApart<{ total: number }>(reader, bound)
  return row?.total ?? 0
}

/** A function of a module, to be called in the worker: `(rows: Iterable<unknown[]>, options) => result`, all of it plain data. */
export interface Fold {
  /** The module's address, such as `new URL('csv.ts', import.meta.url).href`. */
  module: string
  name: string
  options: unknown
}

/** What a function makes of a statement's rows, called in a worker with each row as an array. Rejects as `rowsApart` does. */
export const foldApart = <Result>(reader: Reader, bound: Bound, fold: Fold, limits?: Limits): Promise<Result> =>
  run(reader, 'fold', bound, fold, limits)

function run<Result>(reader: Reader, name: string, bound: Bound, fold?: Fold, limits: Limits = {}): Promise<Result> {
  const work = (): Promise<Result> => ask(reader, name, bound, fold, limits)
  return reader.organization ? inTurn(reader.store, reader.organization.id, limits.goesOn ?? false, work) : work()
}

async function ask<Result>(
  { store }: Reader,
  name: string,
  bound: Bound,
  fold: Fold | undefined,
  limits: Limits
): Promise<Result> {
  const { path, apart } = store
  const { signal, timeLimitMs: limit = timeLimitMs } = limits
  signal?.throwIfAborted()
  // Piscina's own limit does not count tasks that can be stopped.
  if (apart.queueSize >= longestQueue) throw unavailable('Too many reports are running, try again')
  const stop = new AbortController()
  const giveUp = (): void => stop.abort(signal?.reason)
  const timer = setTimeout(() => stop.abort(overtime(limit)), limit)
  signal?.addEventListener('abort', giveUp)
  try {
    return await apart.run({ path, ...bound, ...fold }, { name, signal: stop.signal })
  } catch (error) {
    startAnother(apart)
    throw stop.signal.aborted ? stop.signal.reason : withCode(error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** Errors come from a worker without their code; it has put it before the message. */
function withCode(error: unknown): unknown {
  const [, code] = error instanceof Error ? (/^(SQLITE_[A-Z_]+): /.exec(error.message) ?? []) : []
  return code ? Object.assign(error as Error, { code }) : error
}

const overtime = (limit: number): Problem =>
  unavailable(`This took longer than ${limit / 1000} seconds and was stopped; ask for less`)

/** Stopping a task ends its worker, and Piscina starts no other one for those that wait: a task that cannot be stopped makes it. */
function startAnother(apart: Piscina): void {
  if (apart.queueSize > 0 && apart.threads.length < apart.maxThreads) apart.run(undefined, { name: 'nothing' }).catch(() => {})
}
