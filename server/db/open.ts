import { openPostgres } from './postgres/store.ts'
import { openSqlite } from './sqlite/store.ts'
import type { Store } from './store.ts'

/** Where the rows are. */
export type Database =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'postgres'
      url: string
      /** How many connections a process opens at most, beside those for reports. */
      connections: number
    }

/** Opens the database; an SQLite file is created where there is none, with its folder. */
export const openStore = (database: Database): Store =>
  database.kind === 'sqlite' ? openSqlite(database.path) : openPostgres(database)
