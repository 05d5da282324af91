import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler
} from 'kysely'
import type { QueryArrayConfig, QueryArrayResult, QueryConfig, QueryResult } from 'pg'
import { driverOf } from '../driver.ts'
import type { Handle } from '../handle.ts'
import type { Tables } from '../tables.ts'

/** A connection, or a pool of them. */
export interface Asked {
  query(config: QueryConfig): Promise<QueryResult>
  query(config: QueryArrayConfig): Promise<QueryArrayResult<unknown[]>>
}

const mostNames = 1000
const names = new Map<string, string>()

/** Statements of one text have one name, so that every connection parses it once. Texts beyond the first thousand have none. */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known || names.size >= mostNames) return known
  const name = `lf${names.size + 1}`
  names.set(text, name)
  return name
}

/** Kysely, and hot statements, on a connection or a pool. */
export function handleOn(asked: Asked, isPrepared: boolean): Handle {
  const config = (text: string, values: readonly unknown[]): QueryConfig => {
    const name = isPrepared ? nameOf(text) : undefined
    return name === undefined ? { text, values: values as unknown[] } : { name, text, values: values as unknown[] }
  }
  return {
    dialect: 'postgres',
    kysely: new Kysely<Tables>({ dialect: { ...dialect, createDriver: () => driverOf(connectionOn(asked)) } }),
    all: async <Row>(sql: string, values: readonly unknown[]) => (await asked.query(config(sql, values))).rows as Row[],
    arrays: async (sql, values) => (await asked.query({ ...config(sql, values), rowMode: 'array' })).rows
  }
}

const dialect = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler()
}

/** What is not prepared is built for one call, often with a varying number of values: it has no name. */
const connectionOn = (asked: Asked): DatabaseConnection => ({
  executeQuery: async ({ sql, parameters }: CompiledQuery) => {
    const { rows, rowCount } = await asked.query({ text: sql, values: parameters as unknown[] })
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) }
  },
  streamQuery: () => {
    throw new Error('Use batches')
  }
})
