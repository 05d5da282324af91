import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { Problem, unavailable } from '../platform/errors.ts'
import type { Dialect, Handle } from './handle.ts'
import type { Scope } from './rows.ts'
import type { Tables } from './tables.ts'

// The only file, with search.ts for full text, that asks which database answers: what its errors mean, the few words that differ.

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Another process holds the write lock, or the server has no time for us now. */
export const isBusy = (error: unknown): boolean =>
  /^(SQLITE_BUSY|SQLITE_LOCKED|53300|55P03|57014|25P03|40001|40P01)/.test(codeOf(error))

/** The database itself cannot go on: disk full, read or write error, damaged file, no memory. */
export const isOutOfOrder = (error: unknown): boolean =>
  /^(SQLITE_(FULL|IOERR|CORRUPT|CANTOPEN|READONLY|NOTADB|NOMEM)|53[0-9A-Z]{3}|58[0-9A-Z]{3}|XX00|25006)/.test(codeOf(error))

/** The database's own clock in milliseconds, which all processes share; one statement sees one time. */
export const databaseNow = ({ dialect }: Pick<Handle, 'dialect'>): RawBuilder<number> =>
  dialect === 'sqlite'
    ? sql`cast(unixepoch('subsec') * 1000 as integer)`
    : sql`cast(extract(epoch from statement_timestamp()) * 1000 as bigint)`

const brokenConnection =
  /Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|server closed/

/** The connection to the server is lost or could not be made: nobody answers, or it lets nobody in. */
export const isBroken = (error: unknown): boolean =>
  /^((08|28)[0-9A-Z]{3}|3D000|55000|57P0[1-5]|25P03|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/.test(
    codeOf(error)
  ) ||
  (error instanceof Error && brokenConnection.test(error.message))

/** Two transactions met, and this one was ended so that the other may go on. */
export const isConcurrent = (error: unknown): boolean => /^40(001|P01)$/.test(codeOf(error))

/** Turns "the database cannot now" into a 503; every other error passes. */
export function throwUnavailable(error: unknown): never {
  if (error instanceof Problem) throw error
  if (isBusy(error)) throw unavailable('The database is busy; nothing was saved, try again')
  if (isBroken(error)) throw unavailable('The database cannot be reached; nothing was saved, try again')
  if (isOutOfOrder(error)) throw unavailable('The database cannot store data now; nothing was saved, try again later')
  throw error
}

/** Whether the error says that a unique key of `table` which ends in `column` is taken. */
export const isDuplicate = (error: unknown, table: keyof Tables, column: string): boolean => {
  if (!(error instanceof Error)) return false
  if (codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE') return error.message.endsWith(`${table}.${column}`)
  const { constraint = '' } = error as { constraint?: string }
  return codeOf(error) === '23505' && constraint.startsWith(`${table}_`) && constraint.endsWith(`${column}_unique`)
}

/** The condition that a text contains each of the words: `words` is their JSON array, and every sign in them is plain text. */
export const containsAll = ({ db }: Scope, text: string, words: string): Expression<SqlBool> =>
  db.dialect === 'sqlite'
    ? sql<SqlBool>`not exists (select 1 from json_each(${words}) as word where instr(${sql.ref(text)}, word.value) = 0)`
    : sql<SqlBool>`not exists (select 1 from json_array_elements_text(${words}::json) as word where strpos(${sql.ref(text)}, word) = 0)`

/** The condition that a row's place, a time and an id, lies between two others. SQLite seeks by both only where it is told how ids compare. */
export function liesBetween(
  { db }: Scope,
  [at, id]: readonly [Expression<number>, Expression<number>],
  { low_at, low_id, high_at, high_id }: Record<'low_at' | 'low_id' | 'high_at' | 'high_id', number>
): Expression<SqlBool> {
  const collated = db.dialect === 'sqlite' ? sql` collate binary` : sql``
  return sql<SqlBool>`((${at}, ${id}) > (${low_at}, ${low_id}${collated}) and (${at}, ${id}) < (${high_at}, ${high_id}${collated}))`
}

const oldestServer = 14

/** The number of migrations that the database has had. Throws when the server, or how it was set up, is none that works. */
export async function schemaVersion({ dialect, all }: Handle): Promise<number> {
  if (dialect === 'sqlite') return (await all<{ user_version: number }>('pragma user_version', []))[0]?.user_version ?? 0
  const [found] = await all<{ name: string | null; server: number; encoding: string }>(
    `select to_regclass('migrations')::text as name, current_setting('server_version_num')::integer / 10000 as server,
     current_setting('server_encoding') as encoding`,
    []
  )
  if (found && found.server < oldestServer)
    throw new Error(`DATABASE_URL names PostgreSQL ${found.server}, but ${oldestServer} is the oldest that works`)
  if (found && found.encoding !== 'UTF8')
    throw new Error(
      `DATABASE_URL names a database in ${found.encoding}, which cannot hold every text; make it with encoding 'UTF8'`
    )
  if (!found?.name) return 0
  return (await all<{ number: number }>('select coalesce(max(number), 0) as number from migrations', []))[0]?.number ?? 0
}

/** How large the database is on its disk. */
export async function databaseBytes({ dialect, all }: Handle): Promise<number> {
  const sql =
    dialect === 'sqlite'
      ? 'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()'
      : 'select pg_database_size(current_database()) as bytes'
  return (await all<{ bytes: number }>(sql, []))[0]?.bytes ?? 0
}

/** Notes that the migration of this number is done. */
export async function noteMigration({ dialect, all }: Handle, number: number, name: string): Promise<void> {
  if (dialect === 'sqlite') {
    await all(`pragma user_version = ${number}`, [])
    return
  }
  await all(
    'create table if not exists migrations (number bigint primary key, name text not null, applied_at bigint not null)',
    []
  )
  await all('insert into migrations (number, name, applied_at) values ($1, $2, $3)', [number, name, Date.now()])
}

const sequenceOf = (table: string): string => `${table}_id_seq`

/** The last id that each of these tables has given; 0 for none. */
export async function lastIds({ dialect, all }: Handle, tables: readonly string[]): Promise<Map<string, number>> {
  if (dialect === 'sqlite') {
    const given = await all<{ name: string; seq: number }>('select name, seq from sqlite_sequence', [])
    return new Map(tables.map(table => [table, given.find(({ name }) => name === table)?.seq ?? 0]))
  }
  const last = tables.map(
    table => `select '${table}' as name, case when is_called then last_value else 0 end as seq from ${sequenceOf(table)}`
  )
  const given = await all<{ name: string; seq: number }>(last.join(' union all '), [])
  return new Map(given.map(({ name, seq }) => [name, seq]))
}

/** The same; gives none to others until the transaction ends, so that more may be taken by `moveIds`. */
export async function lockIds(db: Handle, tables: readonly (keyof Tables)[]): Promise<Map<string, number>> {
  if (db.dialect === 'postgres') await db.all(`lock table ${tables.join(', ')} in share row exclusive mode`, [])
  return lastIds(db, tables)
}

/** Goes on after these ids. */
export async function moveIds({ dialect, all }: Handle, ids: ReadonlyMap<string, number>): Promise<void> {
  for (const [table, last] of ids) {
    if (last === 0) continue
    if (dialect === 'postgres') await all(`select setval('${sequenceOf(table)}', ${last})`, [])
    else {
      await all('delete from sqlite_sequence where name = ?', [table])
      await all('insert into sqlite_sequence (name, seq) values (?, ?)', [table, last])
    }
  }
}

interface CatalogRow {
  table: string
  column: string
  /** The column's place in the primary key, from 1; 0 when it is no part of it. */
  place: number
  /** 1 when the database gives its values. */
  numbered: number
}

const catalogs: Record<Dialect, string> = {
  sqlite: `select t.name as "table", c.name as "column", c.pk as place, c.pk = 1 and t.sql like '%autoincrement%' as numbered
  from sqlite_schema as t join pragma_table_info(t.name) as c
  where t.type = 'table' and t.name not like 'sqlite~_%' escape '~' order by t.name, c.cid`,
  postgres: `select t.relname as "table", c.attname as "column", (c.attidentity <> '')::int as numbered,
  coalesce(array_position(k.indkey::int2[], c.attnum) + 1, 0) as place
  from pg_class as t join pg_attribute as c on c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped
  left join pg_index as k on k.indrelid = t.oid and k.indisprimary
  where t.relkind = 'r' and t.relnamespace = current_schema()::regnamespace order by t.relname collate "C", c.attnum`
}

/** Every column of every table of this database, whatever its schema's version, in order. */
export const catalogOf = ({ dialect, all }: Handle): Promise<CatalogRow[]> => all<CatalogRow>(catalogs[dialect], [])

/**
 * Rows that `load` writes may come before those they refer to: references are checked when it is done, and PostgreSQL makes its
 * indexes then, which takes half the time. Call it in a transaction of `loading`. Throws when a row refers to none.
 */
export async function withLateReferences({ dialect, all }: Handle, load: () => Promise<void>): Promise<void> {
  if (dialect === 'sqlite') {
    await load()
    const [lost] = await all<{ table: string; parent: string }>('pragma foreign_key_check', [])
    if (lost) throw new Error(`A row of ${lost.table} refers to one of ${lost.parent} that is not there`)
    return
  }
  const constraints = await all<{ of: string; name: string; definition: string }>(
    `select conrelid::regclass::text as of, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
  from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
    []
  )
  const indexes = await all<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
  from pg_index join pg_class on pg_class.oid = indrelid where not indisunique and relnamespace = current_schema()::regnamespace`,
    []
  )
  for (const { of, name } of constraints) await all(`alter table ${of} drop constraint ${name}`, [])
  for (const { name } of indexes) await all(`drop index ${name}`, [])
  await load()
  for (const { definition } of indexes) await all(definition, [])
  for (const { of, name, definition } of constraints) await all(`alter table ${of} add constraint ${name} ${definition}`, [])
}

/** Takes the rows for this transaction and leaves out those of another one that has not ended. SQLite has one writer, so none other. */
export const unclaimed = <T extends keyof Tables, Row>(
  { dialect }: Handle,
  query: SelectQueryBuilder<Tables, T, Row>
): SelectQueryBuilder<Tables, T, Row> => (dialect === 'postgres' ? query.forUpdate().skipLocked() : query)
