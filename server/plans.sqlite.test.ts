import { expect, test } from 'vitest'
import { callPage } from './calls/queries.ts'
import type { Prepared } from './db/prepared.ts'
import type { SqliteStore } from './db/sqlite/store.ts'
import { dealPage } from './deals/queries.ts'
import { leadPage } from './leads/queries.ts'
import { startApp } from './testing.ts'
import { ticketPage } from './tickets/queries.ts'

// What a list costs at a million rows is decided by how the database goes about it: it must walk an index in the list's order, and
// never sort an organization's rows or ask the full-text index for each of them, but for the few of one person.

const app = await startApp()
const { ctx } = await app.organization()
const { raw } = (app.app.house.store as SqliteStore).reader

const period = { from: 1, before: 2 }
const lists: [string, Prepared<never, unknown>, object[]][] = [
  [
    'tickets',
    ticketPage as Prepared<never, unknown>,
    [{ status_id: 1 }, { priority_id: null }, { assigned_id: 1 }, { department_id: 1 }, { email_key: 'x' }]
  ],
  [
    'leads',
    leadPage as Prepared<never, unknown>,
    [{ status_id: 1 }, { type_id: 1 }, { source_id: null }, { assigned_id: 1 }, { is_public: 1 }]
  ],
  [
    'deals',
    dealPage as Prepared<never, unknown>,
    [
      { owner_id: 1 },
      { pipeline_id: 1 },
      { stage_id: 1 },
      { source_id: null },
      { status: 'open' },
      { lead_id: 1 },
      { customer_id: 1 }
    ]
  ],
  [
    'calls',
    callPage as Prepared<never, unknown>,
    [{ direction: 'inbound' }, { phone_digits: '1' }, { spoken_by_id: null }, { lead_id: 1 }]
  ]
]

/** Every choice of these filters, with and without a period and a search. */
function choices(filters: object[]): object[] {
  let all: object[] = [{}]
  for (const filter of [...filters, { from: 1 }, period, { match: '"x"' }])
    all = [...all, ...all.map(chosen => ({ ...chosen, ...filter }))]
  return all
}

test.each(lists)('the list of %s is read in its order, whatever is asked for', (_name, page, filters) => {
  for (const filter of choices(filters)) {
    const { sql, values } = page.bind(ctx, { ...filter, take: 101, offset: 0 } as never)
    const steps = raw.prepare(`explain query plan ${sql}`).all(values) as { detail: string }[]
    const plan = steps.map(({ detail }) => detail).join('\n')
    const asked = JSON.stringify(filter)
    if ('match' in filter && /lead_id":1|customer_id":1|email_key":"|phone_digits":"/.test(asked)) continue
    expect(plan, asked).not.toContain('TEMP B-TREE FOR ORDER BY')
    if ('match' in filter) expect(plan.split('\n')[0], asked).toMatch(/^SCAN \w+_search VIRTUAL TABLE/)
  }
})
