import { expect, test } from 'vitest'
import { filtersOf, lists } from './cursors.testing.ts'
import { spread } from './db/choices.ts'
import type { Handle } from './db/handle.ts'
import { between, type Keyset } from './db/keyset.ts'
import { startApp } from './testing.ts'

// PostgreSQL chooses by its statistics, of which an empty table has none: here it must go by an index, and every page can.

const app = await startApp()
const { ctx } = await app.organization()
const limits = between({ at: 1, id: 1 }, { at: 2, id: 2 })

type Node = { 'Node Type': string; 'Relation Name'?: string; 'Index Cond'?: string; Plans?: Node[] }

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

const planOf = async (db: Handle, list: Keyset<unknown>, args: object): Promise<Node[]> => {
  const { sql, values } = list.page.bind(ctx, { take: 51, ...args })
  const [row] = await db.all<{ 'QUERY PLAN': [{ Plan: Node }] }>(`explain (format json) ${sql}`, values)
  return nodesOf((row as NonNullable<typeof row>)['QUERY PLAN'][0].Plan)
}

const isSort = ({ 'Node Type': type }: Node): boolean => type.endsWith('Sort')
/** Sorts what one choice of values has for a page, or the few names of a row. */
const isSmall = ({ Plans: [of] = [] }: Node): boolean => of?.['Node Type'] === 'Subquery Scan' || of?.['Node Type'] === 'Limit'

test.each(lists)('a page of %s is sought by both its places and read in order, whatever is asked for', (name, list, filters) =>
  app.app.house.store.exclusively(async db => {
    for (const way of ['seqscan', 'sort', 'bitmapscan']) await db.all(`set local enable_${way} = off`, [])
    for (const choices of filtersOf(filters).filter(choices => Object.keys(choices).length < 2)) {
      for (const ascending of [undefined, true]) {
        const plan = await planOf(db, list, { ...spread(choices), ...limits, ascending })
        const walks = plan.filter(node => node['Relation Name'] === name && node['Node Type'].startsWith('Index'))
        const asked = `${JSON.stringify(choices)}\n${JSON.stringify(plan[0], null, 1)}`
        expect(walks, asked).toHaveLength(Object.values(choices).flat().length || 1)
        for (const { 'Index Cond': condition } of walks) expect(condition?.match(/ROW\(\w+, id\) [<>]/g), asked).toHaveLength(2)
        expect(
          plan.filter(node => isSort(node) && !isSmall(node)),
          asked
        ).toEqual([])
        const none = Object.values(choices).flat().includes(null)
        if (none) expect(walks.at(-1)?.['Index Cond'], asked).toContain(`${Object.keys(choices)[0]} IS NULL`)
      }
    }
  })
)
