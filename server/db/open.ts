import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Piscina } from 'piscina'
import { Problem, unavailable } from '../platform/errors.ts'
import { openApart } from './apart.ts'
import { isBusy, isOutOfOrder } from './dialect.ts'
import { type Handle, openSqlite } from './sqlite.ts'
import { Writer } from './writer.ts'

/** The database as the product sees it: one handle to read, transactions to write. */
export interface Store {
  /** The file, for connections of reader workers. */
  path: string
  reader: ReturnType<typeof openSqlite>
  /** Changes whenever a transaction of any process may have changed anything: what was read before may be kept until then. */
  version(): number
  /** Runs one transaction; resolves after it is on disk. */
  transact<T>(verb: (db: Handle) => Promise<T>): Promise<T>
  /** Bulk loading and migrations: the writing connection itself. */
  writer: ReturnType<typeof openSqlite>
  /** Reader workers, for what takes more than a few milliseconds. */
  apart: Piscina
  close(): Promise<void>
}

/** Opens (and creates, with its folder) the database at `path`. */
export function openStore(path: string): Store {
  mkdirSync(dirname(path), { recursive: true })
  const writer = openSqlite(path)
  const reader = openSqlite(path)
  reader.raw.pragma('query_only = on')
  const queue = new Writer(writer)
  const apart = openApart()
  let turn: number | undefined
  const dataVersion = reader.raw.prepare('pragma data_version').pluck()
  return {
    path,
    reader,
    writer,
    version: () => {
      // One look a turn of the event loop: requests that are handled in one turn had all arrived before it.
      if (turn === undefined) {
        turn = dataVersion.get() as number
        setImmediate(() => {
          turn = undefined
        })
      }
      return turn
    },
    apart,
    transact: verb => queue.transact(verb).catch(throwUnavailable),
    close: async () => {
      await queue.idle()
      await apart.destroy()
      reader.raw.close()
      writer.raw.close()
    }
  }
}

/** Turns "the database cannot now" into a 503; every other error passes. */
function throwUnavailable(error: unknown): never {
  if (error instanceof Problem) throw error
  if (isBusy(error)) throw unavailable('The database is busy; nothing was saved, try again')
  if (isOutOfOrder(error)) throw unavailable('The database cannot store data now; nothing was saved, try again later')
  throw error
}
