import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { organizationTerm } from '../platform/terms.ts'
import { type Caller, type Prepared, prepared } from './prepared.ts'
import type { Handle } from './sqlite.ts'
import type { Tables } from './tables.ts'

// The only file that knows which database answers: error codes, full-text search, and later the other dialect's words.

export type SearchName = 'ticket_search' | 'lead_search' | 'deal_search' | 'call_search'

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Another process holds the write lock. */
export const isBusy = (error: unknown): boolean =>
  codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error).startsWith('SQLITE_LOCKED')

/** The database itself cannot go on: disk full, read or write error, damaged file. The caller answers 503. */
export const isOutOfOrder = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR|CORRUPT|CANTOPEN|READONLY|NOTADB|NOMEM)/.test(codeOf(error))

/** Whether the error says that a unique key of `table` which ends in `column` is taken. */
export const isDuplicate = (error: unknown, table: keyof Tables, column: string): boolean =>
  codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE' && error instanceof Error && error.message.endsWith(`${table}.${column}`)

/** The condition that a text contains each of the words: `words` is their JSON array, and every sign in them is plain text. */
export const containsAll = (text: string, words: string): Expression<SqlBool> =>
  sql<SqlBool>`not exists (select 1 from json_each(${words}) as word where instr(${sql.ref(text)}, word.value) = 0)`

const searchWriters = new Map<SearchName, Prepared<{ id: number; terms: string }, unknown>>()

/** Writes (or writes again) what a record is found by. `terms` comes from `indexTerms`. */
export async function writeSearch(caller: Caller, table: SearchName, id: number, terms: string): Promise<void> {
  let writer = searchWriters.get(table)
  if (!writer) {
    writer = prepared<{ id: number; terms: string }>()(({ db }, arg) =>
      db.kysely.replaceInto(table).values({ rowid: arg('id'), terms: arg('terms') })
    )
    searchWriters.set(table, writer)
  }
  await writer.all(caller, { id, terms: `${organizationTerm(caller.organization.id)} ${terms}` })
}

/** The condition that a full-text index matches; `match` comes from `ftsMatch`. Join the index by `rowid` to the record's id. */
export const found = (table: SearchName, match: string): Expression<SqlBool> => sql<SqlBool>`${sql.table(table)} match ${match}`

/** Takes the rows for this transaction and leaves out those of another one that has not ended. SQLite has one writer, so none other. */
export const unclaimed = <T extends keyof Tables, Row>(
  { dialect }: Handle,
  query: SelectQueryBuilder<Tables, T, Row>
): SelectQueryBuilder<Tables, T, Row> => (dialect === 'postgres' ? query.forUpdate().skipLocked() : query)
