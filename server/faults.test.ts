import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { snapshot, startApp } from './testing.ts'

// The disk is full, another program holds the database, the process is told to stop: nothing acknowledged is lost.

const app = await startApp()
const create = '/api/v1/ticket/create'
const ticket = { subject: 'Printer', message: 'On fire' }

test('a database that another program holds is 503 with Retry-After, reads go on, and nothing is half saved', async () => {
  const { api } = await app.organization()
  await api.post(create, ticket)
  const before = await snapshot(app)
  const other = new Sqlite(app.app.house.store.path)
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
  const other = new Sqlite(app.app.house.store.path)
  other.exec('begin immediate')
  const waiting = api.post(create, ticket)
  await api.get('/api/v1/ticket/statuses')
  other.exec('rollback')
  other.close()
  expect((await waiting).status).toBe(200)
})

test('a full disk is 503, what was acknowledged is there, and writing goes on when there is room', async () => {
  const { api } = await app.organization()
  const { raw } = app.app.house.store.writer
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

test('of writes that share a commit a failing one is undone alone', async () => {
  const { api } = await app.organization()
  const forms = Array.from({ length: 20 }, (_, index) => ({ ...ticket, ...(index % 2 && { department: '99999' }) }))
  const statuses = (await Promise.all(forms.map(form => api.post(create, form)))).map(({ status }) => status)
  expect(statuses).toEqual(forms.map((_, index) => (index % 2 ? 422 : 200)))
  const { body } = await api.get('/api/v1/ticket/list')
  expect(body.data.map((row: { ticketid: string }) => Number(row.ticketid)).sort((a: number, b: number) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ])
})

test('told to stop, the process finishes what is under way, refuses the rest and exits with 0', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'liveforce-stop-'))
  afterAll(() => rm(dataDir, { recursive: true, force: true }))
  const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', BASE_URL: '' }
  const server = spawn(process.execPath, [join(import.meta.dirname, 'cli/liveforce.ts'), 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const printed = await readUntil(server.stdout, /^curl .*$/m)
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] as string
  const user = /-u '?"?(lf_\d+_\w+:[\w-]+)/.exec(printed)?.[1] as string
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`
  const post = () =>
    fetch(`${address}${create}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(ticket)
    })
  const underWay = Array.from({ length: 20 }, post)
  await Promise.race(underWay)
  server.kill('SIGTERM')
  const settled = await Promise.allSettled(underWay)
  const [code] = await once(server, 'exit')
  expect(code).toBe(0)
  await expect(fetch(`${address}/healthz`)).rejects.toThrow()
  const saved = new Sqlite(join(dataDir, 'liveforce.db'), { readonly: true })
    .prepare('select count(*) from tickets')
    .pluck()
    .get()
  const acknowledged = settled.filter(one => one.status === 'fulfilled' && one.value.status === 200).length
  expect(saved).toBe(acknowledged)
})

async function readUntil(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const piece of stream) {
    text += piece
    if (pattern.test(text)) return text
  }
  throw new Error(`The process ended before it printed ${pattern}: ${text}`)
}
