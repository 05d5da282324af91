import { type Kysely, sql } from 'kysely'

// The column kinds of the house, written for SQLite as strictly as PostgreSQL would hold them. Migrations use these words.

export interface Column {
  definition: (name: string) => string
}

interface TableKeys {
  primary?: string[]
  unique?: string[][]
  /** Plain indexes; `where` makes one partial: `[columns, where]`. */
  index?: (string[] | [columns: string[], where: string])[]
  /** column → the table whose (organization_id, id) it names. */
  references?: Record<string, string>
}

const column = (type: string, check?: (name: string) => string): Column => ({
  definition: name => `${name} ${type}${check ? ` check (${check(name)})` : ''}`
})

export const int = (): Column => column('integer not null')
export const optionalInt = (): Column => column('integer')
export const flag = (fallback: 0 | 1 = 0): Column => column(`integer not null default ${fallback}`, name => `${name} in (0, 1)`)
export const text = (most: number): Column => column('text not null', name => `length(${name}) <= ${most}`)
export const optionalText = (most: number): Column => column('text', name => `length(${name}) <= ${most}`)
export const choice = (...words: string[]): Column => column('text not null', name => `${name} in ('${words.join("', '")}')`)
export const long = (): Column => column('text not null')
export const optionalLong = (): Column => column('text')

/**
 * Creates a table of an organization's rows: `id` unless `primary` names the key, `organization_id`, and every unique key,
 * index and foreign key begun with the organization.
 */
export async function createTable(
  db: Kysely<unknown>,
  name: string,
  columns: Record<string, Column>,
  keys: TableKeys = {}
): Promise<void> {
  const lines = [
    ...(keys.primary ? [] : ['id integer primary key autoincrement']),
    'organization_id integer not null references organizations (id)',
    ...Object.entries(columns).map(([key, { definition }]) => definition(key)),
    ...(keys.primary ? [`primary key (${['organization_id', ...keys.primary].join(', ')})`] : ['unique (organization_id, id)']),
    ...(keys.unique ?? []).map(key => `unique (${['organization_id', ...key].join(', ')})`),
    ...Object.entries(keys.references ?? {}).map(
      ([key, table]) => `foreign key (organization_id, ${key}) references ${table} (organization_id, id)`
    )
  ]
  await run(db, `create table ${name} (\n  ${lines.join(',\n  ')}\n) strict${keys.primary ? ', without rowid' : ''}`)
  for (const entry of keys.index ?? []) {
    const [key, where] = Array.isArray(entry[0]) ? (entry as [string[], string]) : [entry as string[], undefined]
    const condition = where ? ` where ${where}` : ''
    const some = where?.split(' ')[0]
    const suffix = some && !key.includes(some) ? `_of_${some}` : ''
    await run(
      db,
      `create index ${name}_by_${key.join('_')}${suffix} on ${name} (${['organization_id', ...key].join(', ')})${condition}`
    )
  }
}

/** Creates a table of the installation, whose rows belong to no organization. */
export async function createSharedTable(
  db: Kysely<unknown>,
  name: string,
  columns: Record<string, Column>,
  primary: string
): Promise<void> {
  const lines = [...Object.entries(columns).map(([key, { definition }]) => definition(key)), `primary key (${primary})`]
  await run(db, `create table ${name} (\n  ${lines.join(',\n  ')}\n) strict, without rowid`)
}

/**
 * Creates the full-text index `name`; its rows are written and asked through `dialect.ts`. It keeps the beginnings of words too: without
 * them a search for a common word joins the rows of all words that begin so, 30 ms instead of 0.3 at 200,000 rows, for an index twice
 * as large and 20 µs more a record.
 */
export const createSearch = (db: Kysely<unknown>, name: string): Promise<void> =>
  run(
    db,
    `create virtual table ${name} using fts5(terms, content='', contentless_delete=1, detail=none, prefix='2 3 4 5 6 7 8 9 10', tokenize="unicode61 remove_diacritics 0")`
  )

/** Columns of which a large organization has few rows for each value; of others it has many thousands. */
const telling = ['lead_id', 'customer_id', 'contact_id', 'deal_id', 'ticket_id', 'record_id', 'phone_digits', 'email_key']

/**
 * Tells SQLite how the rows of these tables are spread in a large organization, as `analyze` would find: without numbers it takes
 * every organization for ten rows, reads a whole period where a rare status has an index, and asks the full-text index row by row.
 */
export async function expectMany(db: Kysely<unknown>, tables: string[]): Promise<void> {
  const list = (names: string[]): string => names.map(name => `'${name}'`).join()
  await run(db, 'analyze sqlite_schema')
  await run(
    db,
    `insert into sqlite_stat1 (tbl, idx, stat)
  select tbl_name, index_of.name, '1000000' || (
    select string_agg(case
      when place.seqno = 0 then ' 100000'
      when place.seqno = (select max(seqno) from pragma_index_info(index_of.name)) then ' 1'
      when place.name in (${list(telling)}) then ' 10'
      else ' 20000' end, '' order by place.seqno)
    from pragma_index_info(index_of.name) as place)
  from sqlite_schema as index_of where type = 'index' and tbl_name in (${list(tables)})`
  )
  await run(db, 'analyze sqlite_schema')
}

export async function run(db: Kysely<unknown>, statement: string): Promise<void> {
  await sql.raw(statement).execute(db)
}
