import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { SqliteStore } from '../db/sqlite/store.ts'
import { startApp } from '../testing.ts'
import { add, gated, gates, looksForWork, runsOf, statesOf, timesOf } from './jobs.testing.ts'
import type { JobKind } from './jobs.ts'

const app = await startApp({}, { kinds: [gated] as JobKind<unknown>[], pace: { pollMs: 20 } })

test('what is done while the database cannot be written is not done again', async () => {
  const { ctx, api } = await app.organization()
  gates.set('once', Promise.withResolvers())
  await add(ctx, gated, { name: 'once' })
  await runsOf('once').toBe(1)
  const other = new Sqlite((ctx.store as SqliteStore).path)
  other.exec('begin immediate')
  gates.get('once')?.resolve()
  expect((await api.post('/api/v1/ticket/create', { subject: 'Printer', message: 'On fire' })).status).toBe(503)
  other.exec('rollback')
  other.close()
  await statesOf(ctx).toEqual([])
  expect(timesOf('once')).toHaveLength(1)
})

test('looking for work walks indexes, so that dead and future jobs cost nothing', async () => {
  const { writer } = app.app.house.store as SqliteStore
  for (const { sql, values } of await looksForWork(writer)) {
    const steps = writer.raw.prepare(`explain query plan ${sql}`).all(values) as { detail: string }[]
    const plan = steps.map(({ detail }) => detail).join()
    expect(plan, sql).toMatch(/USING (COVERING )?INDEX jobs_by_\w+_of_(state|later|waiting)/)
    expect(plan, sql).not.toContain('TEMP B-TREE')
  }
})
