import type { Handle } from '../server/db/handle.ts'
import { tablesInOrder } from '../server/db/tables.ts'
import { createOrganization } from '../server/organizations/actions.ts'
import { contextOf } from '../server/organizations/queries.ts'
import type { Context, House } from '../server/platform/context.ts'
import { seedDemo } from '../server/seed/demo.ts'
import { figure, table } from './report.ts'

// What records take, with all that belongs to them, by table.

const kinds = ['leads', 'tickets', 'deals', 'calls'] as const
type Kind = (typeof kinds)[number]

interface Size {
  rows: number
  /** Of the table, and of its indexes. */
  bytes: number
  indexes: number
}
type Sizes = Map<string, Size>
const nothing: Size = { rows: 0, bytes: 0, indexes: 0 }

/** Two databases; `settle` has PostgreSQL do at once what it would do later. */
export interface Houses {
  sqlite: House
  postgres: House
  settle: () => Promise<unknown>
}

/** Fills a new organization with `count` of each kind, one kind after another; gives what a thousand of each added in both databases. */
export async function sizes({ sqlite, postgres, settle }: Houses, count: number): Promise<string> {
  const [small, large] = [await grow(sqlite, count, async () => {}), await grow(postgres, count, settle)]
  return kinds.map(kind => describe(kind, small[kind], large[kind])).join('\n\n')
}

async function grow(house: House, count: number, settle: Houses['settle']): Promise<Record<Kind, Sizes>> {
  const { organizationId } = await createOrganization(house, { name: 'Measured firm', email: 'admin@example.com' })
  const ctx = await contextOf(house, organizationId)
  const none = { leads: 0, tickets: 0, deals: 0, calls: 0 }
  // The firm itself, and records for the others to name.
  await seedDemo(ctx, { leads: 500, tickets: 100, deals: 100, calls: 100 })
  const grown: [Kind, Sizes][] = []
  for (const kind of kinds) {
    await settle()
    const before = await measure(ctx)
    await seedDemo(ctx, { ...none, [kind]: count })
    await settle()
    grown.push([kind, difference(before, await measure(ctx), 1000 / count)])
  }
  return Object.fromEntries(grown) as Record<Kind, Sizes>
}

function difference(before: Sizes, after: Sizes, share: number): Sizes {
  const added = [...after].map(([name, size]): [string, Size] => {
    const old = before.get(name) ?? nothing
    const of = (key: keyof Size): number => (size[key] - old[key]) * share
    return [name, { rows: of('rows'), bytes: of('bytes'), indexes: of('indexes') }]
  })
  return new Map(added.filter(([, { rows }]) => rows > 0))
}

const postgresBytes = `select c.relname as name, pg_table_size(c.oid) as bytes, pg_indexes_size(c.oid) as indexes
  from pg_class as c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`

// A full-text index is one table with the tables that it lies in.
const sqliteBytes = `select coalesce(search.name, owner.tbl_name) as name,
    sum(iif(owner.type = 'index', 0, pgsize)) as bytes, sum(iif(owner.type = 'index', pgsize, 0)) as indexes
  from dbstat join sqlite_schema as owner on owner.name = dbstat.name
  left join sqlite_schema as search on search.sql like 'create virtual table%' and owner.tbl_name like search.name || '\\_%' escape '\\'
  where dbstat.aggregate = 1 group by 1`

async function measure({ store: { reader, dialect } }: Context): Promise<Sizes> {
  const bytes = await reader.all<{ name: string; bytes: number; indexes: number }>(
    dialect === 'sqlite' ? sqliteBytes : postgresBytes,
    []
  )
  const found: Sizes = new Map()
  for (const name of tablesInOrder) {
    const size = bytes.find(known => known.name === name)
    found.set(name, { rows: await count(reader, name), bytes: size?.bytes ?? 0, indexes: size?.indexes ?? 0 })
  }
  return found
}

const count = async ({ all }: Handle, name: string): Promise<number> =>
  Number((await all<{ rows: number }>(`select count(*) as rows from ${name}`, []))[0]?.rows)

function describe(kind: Kind, small: Sizes, large: Sizes): string {
  const names = [...new Set([...small.keys(), ...large.keys()])]
  const line = (name: string): string[] => {
    const [one, other] = [small.get(name) ?? nothing, large.get(name) ?? nothing]
    return [
      `\`${name}\``,
      figure(one.rows || other.rows),
      ...[one, other].flatMap(({ bytes, indexes }) => [kilobytes(bytes), kilobytes(indexes)])
    ]
  }
  const all = [small, large].flatMap(sizes => (['bytes', 'indexes'] as const).map(key => sum(sizes, key)))
  const total = ['**together**', figure(sum(small, 'rows')), ...all.map(bytes => `**${kilobytes(bytes)}**`)]
  const head = [`1,000 ${kind} bring`, 'rows', 'SQLite KB', 'its indexes', 'PostgreSQL KB', 'its indexes']
  return table(head, [...names.map(line), total])
}

const sum = (sizes: Sizes, key: keyof Size): number => [...sizes.values()].reduce((total, size) => total + size[key], 0)
const kilobytes = (bytes: number): string => (bytes === 0 ? '–' : figure(bytes / 1024))
