import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

export type Dialect = 'sqlite' | 'postgres'

/** What queries are asked through: Kysely for building, and the same statements prepared once for hot reads. */
export interface Handle {
  dialect: Dialect
  kysely: Kysely<Tables>
  /** Rows as objects keyed by column. */
  all<Row>(sql: string, values: readonly unknown[]): Promise<Row[]>
  /** Rows as arrays in the order of the columns: what hot lists read. */
  arrays(sql: string, values: readonly unknown[]): Promise<unknown[][]>
}

/** The connection of one transaction, which can take many rows at once. */
export interface WriteHandle extends Handle {
  /** Inserts rows, each an array in the order of the columns. Of search indexes the terms are words separated by spaces. */
  insertMany(table: keyof Tables, columns: readonly string[], rows: readonly unknown[][]): Promise<void>
}
