import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { Database } from 'better-sqlite3'
import { openConnection } from './connection.ts'

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
    connections.set(path, connection)
  }
  return connection
}

interface Task {
  path: string
  sql: string
  values: unknown[]
}

interface FoldTask extends Task {
  module: string
  name: string
  options: unknown
}

/** An error keeps only its message on the way back: it takes its code along in it. */
function telling<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    throw code?.startsWith('SQLITE_') ? new Error(`${code}: ${message}`) : error
  }
}

export const rows = ({ path, sql, values }: Task): unknown[] => telling(() => [...connect(path).prepare(sql).iterate(values)])

export const arrays = ({ path, sql, values }: Task): unknown[] =>
  telling(() => [...connect(path).prepare(sql).raw(true).iterate(values)])

export async function fold({ path, sql, values, module, name, options }: FoldTask): Promise<unknown> {
  const { [name]: work } = (await import(module)) as Record<string, (rows: Iterable<unknown[]>, options: unknown) => unknown>
  return telling(() => work!(connect(path).prepare(sql).raw(true).iterate(values) as Iterable<unknown[]>, options))
}

export const nothing = (): void => {}
