import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { Database } from 'better-sqlite3'
import type { Folding, Source } from './apart.ts'
import { openConnection } from './sqlite/connection.ts'

// Runs in a reader worker: see apart.ts. Rows are stepped through, so that ending the worker stops a statement between two of them.
// It begins in a third of the time without Kysely.

// On Linux a thread has a priority of its own: a report should not take the processor from requests. Elsewhere it is only slower.
try {
  setPriority(Number(readlinkSync('/proc/thread-self').split('/').pop()), 10)
} catch {}

const connections = new Map<string, Database>()

function connect(path: string): Database {
  let connection = connections.get(path)
  if (!connection) {
    connection = openConnection(path, { readonly: true })
    const indexes = connection
      .prepare("select name from sqlite_schema where sql like 'create virtual table % using fts5(%'")
      .pluck()
      .all()
    for (const name of indexes)
      connection.exec(`create virtual table temp.${name}_words using fts5vocab('main', '${name}', 'instance')`)
    connections.set(path, connection)
  }
  return connection
}

interface Task {
  source: Source
  sql: string
  values: unknown[]
  timeLimitMs: number
}

interface FoldTask extends Task {
  module: string
  name: string
  options: unknown
}

/** An error keeps only its message on the way back: it takes its code along in it. */
async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    throw code ? new Error(`code ${code}: ${message}`) : error
  }
}

function* step({ source, sql, values }: Task, isRaw: boolean): Generator<unknown> {
  if (source.kind !== 'sqlite') throw new Error('Rows of PostgreSQL are asked for without a worker')
  yield* connect(source.path).prepare(sql).raw(isRaw).iterate(values)
}

export const rows = (task: Task): Promise<unknown[]> => telling(async () => [...step(task, false)])

export const arrays = (task: Task): Promise<unknown[]> => telling(async () => [...step(task, true)])

export async function fold({ module, name, options, ...task }: FoldTask): Promise<unknown> {
  const { [name]: begin } = (await import(module)) as Record<string, (options: unknown) => Folding<unknown, unknown>>
  const { add, result } = begin!(options)
  return telling(async () => {
    const { source } = task
    if (source.kind === 'sqlite') for (const row of step(task, true)) add(row)
    else
      for await (const rows of (await import('./postgres/cursor.ts')).batches({ ...task, source }))
        for (const row of rows) add(row)
    return result()
  })
}

export const nothing = (): void => {}
