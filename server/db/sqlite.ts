import type Sqlite from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler
} from 'kysely'
import { type ConnectionOptions, openConnection } from './connection.ts'
import type { Tables } from './tables.ts'

/** One database connection: Kysely for building, and the same statements prepared once for hot reads. */
export interface Handle {
  dialect: 'sqlite' | 'postgres'
  kysely: Kysely<Tables>
  /** Rows as objects keyed by column. */
  all<Row>(sql: string, values: readonly unknown[]): Promise<Row[]>
  /** Rows as arrays in the order of the columns: what hot lists read. */
  arrays(sql: string, values: readonly unknown[]): Promise<unknown[][]>
}

export interface SqliteHandle extends Handle {
  raw: Sqlite.Database
}

/** Opens one connection on the file, with Kysely on it. */
export function openSqlite(path: string, options?: ConnectionOptions): SqliteHandle {
  const raw = openConnection(path, options)
  const objects = new Map<string, Sqlite.Statement>()
  const arrays = new Map<string, Sqlite.Statement>()
  const prepared = (cache: Map<string, Sqlite.Statement>, sql: string): Sqlite.Statement => {
    let statement = cache.get(sql)
    if (!statement) {
      statement = raw.prepare(sql)
      if (cache === arrays) statement.raw(true)
      // Texts with a varying number of values (lists of ids) must not grow the cache without end.
      if (cache.size >= 1000) cache.delete(cache.keys().next().value as string)
      cache.set(sql, statement)
    }
    return statement
  }
  const connection = new SqliteConnection(sql => prepared(objects, sql))
  return {
    dialect: 'sqlite',
    raw,
    kysely: new Kysely<Tables>({ dialect: { ...dialect, createDriver: () => driverOf(connection) } }),
    all: async <Row>(sql: string, values: readonly unknown[]) => {
      const statement = prepared(objects, sql)
      if (statement.reader) return statement.all(values) as Row[]
      statement.run(values)
      return []
    },
    arrays: async (sql, values) => prepared(arrays, sql).all(values) as unknown[][]
  }
}

class Compiler extends SqliteQueryCompiler {
  // SQLite's planner looks at a bare `?`, and then plans the statement anew at every run, because better-sqlite3 clears what was
  // bound. The plus hides the value from it, and changes nothing else.
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
  }
}

const dialect = {
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new Compiler()
}

class SqliteConnection implements DatabaseConnection {
  readonly #prepare: (sql: string) => Sqlite.Statement

  constructor(prepare: (sql: string) => Sqlite.Statement) {
    this.#prepare = prepare
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.#prepare(sql)
    if (statement.reader) return { rows: statement.all(parameters) as Row[] }
    const { changes, lastInsertRowid } = statement.run(parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    for (const row of this.#prepare(sql).iterate(parameters)) yield { rows: [row as Row] }
  }
}

/** Transactions belong to the writer, so the driver has none of its own. */
function driverOf(connection: DatabaseConnection): Driver {
  const none = async (): Promise<void> => {
    throw new Error('Use transact')
  }
  const nothing = async (): Promise<void> => {}
  return {
    init: nothing,
    acquireConnection: async () => connection,
    releaseConnection: nothing,
    beginTransaction: none,
    commitTransaction: none,
    rollbackTransaction: none,
    destroy: nothing
  }
}
