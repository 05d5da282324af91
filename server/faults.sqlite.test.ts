import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { SqliteStore } from './db/sqlite/store.ts'
import { snapshot, startApp } from './testing.ts'

// The disk is full, another program holds the database: nothing acknowledged is lost.

const app = await startApp()
const store = app.app.house.store as SqliteStore
const create = '/api/v1/ticket/create'
const ticket = { subject: 'Printer', message: 'On fire' }

test('a database that another program holds is 503 with Retry-After, reads go on, and nothing is half saved', async () => {
  const { api } = await app.organization()
  await api.post(create, ticket)
  const before = await snapshot(app)
  const other = new Sqlite(store.path)
  other.exec('begin immediate')
  const [one, two] = await Promise.all([api.post(create, ticket), api.post(create, ticket)])
  for (const { status, headers, body } of [one, two]) {
    expect(status).toBe(503)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(body.error).toEqual({ code: 5003, type: 'UNAVAILABLE' })
  }
  expect((await api.get('/api/v1/ticket/list')).body.data).toHaveLength(1)
  other.exec('rollback')
  other.close()
  expect(await snapshot(app)).toBe(before)
  expect((await api.post(create, ticket)).body.data.ticketid).toBe('2')
})

test('a write that waits for another program’s short transaction succeeds', async () => {
  const { api } = await app.organization()
  const other = new Sqlite(store.path)
  other.exec('begin immediate')
  const waiting = api.post(create, ticket)
  await api.get('/api/v1/ticket/statuses')
  other.exec('rollback')
  other.close()
  expect((await waiting).status).toBe(200)
})

test('a full disk is 503, what was acknowledged is there, and writing goes on when there is room', async () => {
  const { api } = await app.organization()
  const { raw } = store.writer
  const pages = Number(raw.pragma('page_count', { simple: true }))
  raw.pragma(`max_page_count = ${pages + 20}`)
  const big = { subject: 'Big', message: 'x'.repeat(20_000) }
  const statuses: number[] = []
  for (let i = 0; i < 30; i++) statuses.push((await api.post(create, big)).status)
  expect(statuses).toContain(503)
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
  const { body } = await api.get('/api/v1/ticket/list?with_total=1')
  expect(body.meta.total).toBe(statuses.filter(status => status === 200).length)
  raw.pragma('max_page_count = 1073741823')
  expect((await api.post(create, big)).status).toBe(200)
  expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
})
