import type { Apart } from './apart.ts'
import type { Dialect, Handle, WriteHandle } from './handle.ts'

/** The database as the product sees it, whichever it is: one handle to read, transactions to write. */
export interface Store {
  dialect: Dialect
  /** Where it is, without secrets: for people. */
  place: string
  reader: Handle
  /** Changes when a transaction of any process may have changed anything: until then what was read before may be kept. */
  version(): number
  /** How long after a commit another process may still go by what it read before it. */
  staleMs: number
  /**
   * Runs one transaction; resolves after it is on disk. Changes of one organization go one after another: name it, unless the
   * transaction makes it.
   */
  transact<T>(verb: (db: WriteHandle) => Promise<T>, organizationId?: number): Promise<T>
  /** The same for migrations and bulk loading, which take long: waits for others that do so too, and has no time limit. */
  exclusively<T>(verb: (db: WriteHandle) => Promise<T>): Promise<T>
  /** The same for rows written before those they refer to, by `withLateReferences`. */
  loading<T>(verb: (db: WriteHandle) => Promise<T>): Promise<T>
  /** Gives the database room while many rows are written, and has it look at them afterwards. */
  filling<T>(work: () => Promise<T>): Promise<T>
  /** One snapshot of all rows, for reading as long as it takes. */
  snapshot<T>(read: (db: Handle) => Promise<T>): Promise<T>
  /** For what takes more than a few milliseconds. */
  apart: Apart
  close(): Promise<void>
}
