import type Sqlite from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler
} from 'kysely'
import { driverOf } from '../driver.ts'
import type { WriteHandle } from '../handle.ts'
import type { Tables } from '../tables.ts'
import { type ConnectionOptions, openConnection } from './connection.ts'

export interface SqliteHandle extends WriteHandle {
  raw: Sqlite.Database
}

/** Opens one connection on the file, with Kysely on it. */
export function openHandle(path: string, options?: ConnectionOptions): SqliteHandle {
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
    arrays: async (sql, values) => prepared(arrays, sql).all(values) as unknown[][],
    insertMany: async (table, columns, rows) => {
      const names = table.endsWith('_search') ? columns.filter(name => name !== 'organization_id') : columns
      const places = names.map(name => columns.indexOf(name))
      const statement = prepared(
        objects,
        `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`
      )
      for (const row of rows) statement.run(places.map(place => row[place]))
    }
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
