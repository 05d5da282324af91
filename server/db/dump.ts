import { sql } from 'kysely'
import { catalogOf } from './dialect.ts'
import type { Handle } from './handle.ts'

// Whole tables, whatever version the schema has: what backups are made of.

export interface Table {
  name: string
  columns: string[]
  /** The columns that its rows are read in the order of: the same in both databases, from the organization on. */
  key: string[]
  /** Whether the database gives its rows their ids. */
  isNumbered: boolean
}

/** Not rows of the product: full-text indexes are written anew, the schema's version is a number of its own, and processes come and go. */
const others = ['migrations', 'leases', 'rate_credits', 'address_credits']
const isOwn = (name: string): boolean => !/_search(_|$)/.test(name) && !others.includes(name)

/** The tables whose rows make up the product's data, in the order of their names. */
export async function tablesOf(db: Handle): Promise<Table[]> {
  const columns = (await catalogOf(db)).filter(({ table }) => isOwn(table))
  return [...Map.groupBy(columns, ({ table }) => table)].map(([name, of]) => {
    const key = of.filter(({ place }) => place > 0).sort((one, other) => one.place - other.place)
    const isOfOrganization = of.some(({ column }) => column === 'organization_id')
    return {
      name,
      columns: of.map(({ column }) => column),
      key: [...new Set([...(isOfOrganization ? ['organization_id'] : []), ...key.map(({ column }) => column)])],
      isNumbered: of.some(({ numbered }) => Boolean(numbered))
    }
  })
}

/** How many rows a table has. */
export async function countRows({ kysely }: Handle, table: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`select count(*) as total from ${sql.table(table)}`.execute(kysely)
  return rows[0]?.total ?? 0
}

/** Few enough that the largest texts of all of them fit into memory. */
const portion = 500

/** All rows of a table, each an array in the order of `columns`, some at a time in the order of `key`. */
export async function* rowsOf(db: Handle, { name, columns, key }: Pick<Table, 'name' | 'columns' | 'key'>) {
  const places = key.map(column => columns.indexOf(column))
  const list = (names: string[]) => sql.join(names.map(name => sql.ref(name)))
  let last: unknown[] | undefined
  do {
    const after = last ? sql`where (${list(key)}) > (${sql.join(places.map(place => last?.[place]))})` : sql``
    const query = sql`select ${list(columns)} from ${sql.table(name)} ${after} order by ${list(key)} limit ${sql.lit(portion)}`
    const { sql: text, parameters } = query.compile(db.kysely)
    const rows = await db.arrays(text, parameters)
    if (rows.length > 0) yield rows
    last = rows.length === portion ? rows.at(-1) : undefined
  } while (last)
}
