import { expect, test } from 'vitest'
import { query, startApp } from '../testing.ts'

// A distributed database keeps the rows of one organization together when every key begins with it. The catalog tells what the
// database really has, whatever a migration meant.

const app = await startApp()
const isSqlite = app.app.house.store.dialect === 'sqlite'

interface Key {
  kind: 'primary' | 'unique' | 'index' | 'foreign'
  of: string
  columns: string
  /** Of a foreign key: what it refers to. */
  to: string | null
  to_columns: string | null
}

// SQLite's own row numbers (`id integer primary key`) are no index and not listed.
const sqliteKeys = `select case origin when 'pk' then 'primary' else iif("unique", 'unique', 'index') end as kind, tables.name as "of",
    (select group_concat(name, ', ' order by seqno) from pragma_index_info(keys.name)) as columns, null as "to", null as to_columns
  from pragma_table_list as tables, pragma_index_list(tables.name) as keys
  where tables.type = 'table' and tables.name not like 'sqlite_%'
  union all
  select 'foreign', tables.name, group_concat("from", ', ' order by seq), "table", group_concat("to", ', ' order by seq)
  from pragma_table_list as tables, pragma_foreign_key_list(tables.name) as keys
  where tables.type = 'table' group by tables.name, keys.id`

const postgresKeys = `select case when indisprimary then 'primary' when indisunique then 'unique' else 'index' end as kind,
    indrelid::regclass::text as "of",
    (select string_agg(pg_get_indexdef(indexrelid, place, true), ', ' order by place) from generate_series(1, indnkeyatts) as place) as columns,
    null as "to", null as to_columns
  from pg_index where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
  union all
  select 'foreign', conrelid::regclass::text,
    (select string_agg(attname, ', ' order by place) from unnest(conkey) with ordinality as part (number, place), pg_attribute
      where attrelid = conrelid and attnum = number),
    confrelid::regclass::text,
    (select string_agg(attname, ', ' order by place) from unnest(confkey) with ordinality as part (number, place), pg_attribute
      where attrelid = confrelid and attnum = number)
  from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`

const keys = await query<Key>(app, isSqlite ? sqliteKeys : postgresKeys)
const beginsWithOrganization = (columns: string): boolean => /^organization_id\b/.test(columns)

const searches = ['call_search', 'deal_search', 'lead_search', 'ticket_search']

/** Every other key begins with the organization. */
const exceptions = [
  // The sweep of leftover files knows their names, not whose they are. It may find two of one name.
  'index files (key)',
  // The queue is worked on for all organizations, and the sweep asks it too.
  'index jobs (payload)',
  'index jobs (run_at)',
  'index jobs (run_at)',
  // What belongs to no organization: who leads, and failed sign-ins of an address.
  'primary address_credits (address)',
  'primary leases (name)',
  ...(isSqlite
    ? []
    : [
        // Every list of terms begins with the organization's own.
        ...searches.map(name => `index ${name} (terms)`),
        // The organizations themselves, and what belongs to the installation.
        'primary migrations (number)',
        'primary organizations (id)'
      ])
]

test('every primary key, unique key and index begins with the organization, and these few do not', () => {
  const own = keys.filter(({ kind, columns }) => kind !== 'foreign' && !beginsWithOrganization(columns))
  expect(own.map(({ kind, of, columns }) => `${kind} ${of} (${columns})`).sort()).toEqual(exceptions.toSorted())
})

test('every foreign key begins with the organization and refers to a key that does, or to the organization', () => {
  const foreign = keys.filter(({ kind }) => kind === 'foreign')
  expect(foreign.length).toBeGreaterThan(60)
  const others = foreign.filter(
    ({ columns, to, to_columns }) =>
      !(columns === 'organization_id' && to === 'organizations' && to_columns === 'id') &&
      !(columns.startsWith('organization_id, ') && to_columns?.startsWith('organization_id, '))
  )
  expect(others).toEqual([])
})

test('every table has a primary key, by which its rows can be distributed', async () => {
  const bare = isSqlite
    ? `select name from pragma_table_list as tables where type = 'table' and name not like 'sqlite_%'
        and not exists (select 1 from pragma_table_info(tables.name) where pk > 0)`
    : `select tablename from pg_tables where schemaname = 'public'
        and not exists (select 1 from pg_constraint where contype = 'p' and conrelid = tablename::regclass)`
  expect(await query(app, bare)).toEqual([])
})
