import { describe, expect, test } from 'vitest'
import { databasesThroughPgBouncer, makeDatabase } from './database.testing.ts'
import { isMigrated, migrate } from './db/migrate.ts'
import { openStore } from './db/open.ts'
import { query, startApp } from './testing.ts'

// What PostgreSQL promises, it promises through a pooler that lends a connection for one transaction only, and has few of them.

await databasesThroughPgBouncer()
describe('tickets', async () => void (await import('./tickets/tickets.test.ts')))
describe('leads', async () => void (await import('./leads/leads.test.ts')))
describe('deals', async () => void (await import('./deals/deals.test.ts')))
describe('calls', async () => void (await import('./calls/calls.test.ts')))
describe('reports', async () => void (await import('./reports/reports.test.ts')))
describe('exports', async () => void (await import('./reports/csv.test.ts')))
describe('at once', async () => void (await import('./faults.test.ts')))

const app = await startApp({ DATABASE_CONNECTIONS: '30' })

test('thirty connections of ours are four of the server’s, and every request is answered', async () => {
  const organizations = await Promise.all(Array.from({ length: 10 }, () => app.organization()))
  const asked = organizations.flatMap(({ api }) =>
    Array.from({ length: 8 }, () => api.post('/api/v1/ticket/create', { subject: 'Printer', message: 'On fire' }))
  )
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]))
  const pids = await Promise.all(
    Array.from({ length: 30 }, () => query<{ pid: number }>(app, 'select pg_backend_pid() as pid, pg_sleep(0.01)'))
  )
  expect(new Set(pids.flat().map(({ pid }) => pid)).size).toBeLessThanOrEqual(4)
})

test('processes that migrate an empty database at once do it once', async () => {
  const { url, drop } = (await makeDatabase({ empty: true }))!
  const stores = Array.from({ length: 3 }, () => openStore({ kind: 'postgres', url, connections: 2 }))
  const applied = (await Promise.all(stores.map(migrate))).flatMap(result => result.applied)
  expect(new Set(applied).size).toBe(applied.length)
  expect(await isMigrated(stores[0]!)).toBe(true)
  await Promise.all(stores.map(store => store.close()))
  await drop()
})

test('no work leaves a setting behind on a connection that the next one gets', async () => {
  const { store } = app.app.house
  const settings = async () => {
    // They sleep a little, so that all four connections are asked.
    const asked = "select name, setting from pg_settings where source = 'session' and pg_sleep(0.0001) is not null order by name"
    return (await Promise.all(Array.from({ length: 4 }, () => query(app, asked)))).flat()
  }
  const before = await settings()
  const works = [
    () => store.filling(async () => undefined),
    () => store.snapshot(db => db.all('select 1', [])),
    () => store.exclusively(db => db.all('select 1', [])),
    () => store.transact(db => db.all('select 1', [])),
    () => store.apart.rows({ sql: 'select 1', values: [] })
  ]
  for (const work of works) {
    await work()
    expect(await settings()).toEqual(before)
  }
})
