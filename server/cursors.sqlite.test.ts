import { expect, test } from 'vitest'
import { filtersOf, lists } from './cursors.testing.ts'
import { spread } from './db/choices.ts'
import { between, type Keyset } from './db/keyset.ts'
import type { SqliteStore } from './db/sqlite/store.ts'
import { startApp } from './testing.ts'

// A page by cursor costs the same wherever it lies when both places are sought in an index of the list's order, for each choice of values.

const app = await startApp()
const { ctx } = await app.organization()
const { raw } = (app.app.house.store as SqliteStore).reader

const limits = between({ at: 1, id: 1 }, { at: 2, id: 2 })
const planOf = (list: Keyset<unknown>, args: object): string[] => {
  const { sql, values } = list.page.bind(ctx, { take: 51, ...args })
  return (raw.prepare(`explain query plan ${sql}`).all(values) as { detail: string }[]).map(({ detail }) => detail)
}

test.each(lists)('a page of %s is sought by both its places and read in order, whatever is asked for', (name, list, filters) => {
  for (const choices of filtersOf(filters)) {
    for (const ascending of [undefined, true]) {
      const plan = planOf(list, { ...spread(choices), ...limits, ascending })
      const walks = plan.filter(step => step.startsWith(`SEARCH ${name} `))
      const asked = `${JSON.stringify(choices)}\n${plan.join('\n')}`
      expect(walks, asked).toHaveLength(Object.values(choices).reduce((product, values) => product * values.length, 1))
      for (const walk of walks)
        expect(walk, asked).toMatch(/\((created|started)_at,rowid\)>\(\?,\?\) AND \(\w+,rowid\)<\(\?,\?\)/)
      // The few rows of each choice that a page may have are sorted once more where the choices meet.
      const sorted = plan.filter((step, at) => step.endsWith('FOR ORDER BY') && plan[at - 1] !== 'SCAN choice')
      expect(sorted, asked).toEqual([])
      const [only] = Object.entries(choices)
      if (only && Object.keys(choices).length === 1) expect(walks.join(), asked).toContain(`${only[0]}=?`)
    }
  }
})

test.each(lists.filter(([, { index }]) => index))('a searched page of %s is read in the order of ids', (name, list) => {
  for (const ascending of [undefined, true]) {
    const plan = planOf(list, { match: '"x"', lowest: 1, highest: 9, ascending })
    expect(plan[0]).toMatch(/^SCAN \w+_search VIRTUAL TABLE INDEX \d+:.*[<>]/)
    expect(plan.join(), name).not.toContain('TEMP B-TREE FOR ORDER BY')
  }
})
