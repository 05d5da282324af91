import { expect, inject, test } from 'vitest'
import { query } from '../postgres.testing.ts'
import { startApp } from '../testing.ts'
import { add, gated, gates, looksForWork, runsOf, statesOf, timesOf } from './jobs.testing.ts'
import type { JobKind } from './jobs.ts'

const app = await startApp({}, { kinds: [gated] as JobKind<unknown>[], pace: { pollMs: 20 } })
const { store } = app.app.house
const server = inject('postgres')?.url as string

test('what is done while the database cannot be reached is not done again', async () => {
  const { ctx, api } = await app.organization()
  gates.set('once', Promise.withResolvers())
  await add(ctx, gated, { name: 'once' })
  await runsOf('once').toBe(1)
  const name = new URL(store.place).pathname.slice(1)
  await query(server, `alter database ${name} with allow_connections false`)
  await query(server, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  gates.get('once')?.resolve()
  const ticket = { subject: 'Printer', message: 'On fire' }
  for (let refused = 0; refused < 3; refused++) expect((await api.post('/api/v1/ticket/create', ticket)).status).toBe(503)
  await query(server, `alter database ${name} with allow_connections true`)
  await statesOf(ctx).toEqual([])
  expect(timesOf('once')).toHaveLength(1)
  expect((await api.post('/api/v1/ticket/create', ticket)).status).toBe(200)
})

test('looking for work walks indexes, so that dead and future jobs cost nothing', async () => {
  // Of a small table every way is as quick: what is left has no other way than the index.
  const only = 'set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off'
  const plans = await store.transact(async db => {
    const asked = await looksForWork(db)
    for (const setting of only.split('; ')) await db.all(setting, [])
    const plans: [sql: string, plan: string][] = []
    for (const { sql, values } of asked) plans.push([sql, (await db.arrays(`explain ${sql}`, values)).join('\n')])
    return plans
  })
  for (const [sql, plan] of plans) {
    expect(plan, sql).toMatch(/Index (Only )?Scan using jobs_by_\w+_of_(state|later|waiting)/)
    expect(plan, sql).not.toMatch(/Sort|Seq Scan on jobs/)
  }
})
