import Sqlite from 'better-sqlite3'

export interface ConnectionOptions {
  readonly?: boolean
}

const openingMs = 10_000

/** Opens one connection on the file. `synchronous=FULL`: an acknowledged write survives a power cut. */
export function openConnection(path: string, { readonly = false }: ConnectionOptions = {}): Sqlite.Database {
  // While it is opened it waits for others that open or migrate; afterwards the writer waits by itself.
  const connection = new Sqlite(path, { readonly, timeout: openingMs })
  if (!readonly) connection.pragma('journal_mode = wal')
  connection.pragma('synchronous = full')
  connection.pragma('foreign_keys = on')
  connection.pragma('cache_size = -16384')
  connection.pragma('mmap_size = 268435456')
  connection.pragma('temp_store = memory')
  connection.pragma('busy_timeout = 0')
  return connection
}
