import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { foldApart } from '../db/apart.ts'
import { startApp, type TestOrganization } from '../testing.ts'
import { dice, readCsv, type SeededLead, seedLeads } from './reports.testing.ts'

const app = await startApp()
const apart = app.app.house.store.apart.workers

const path = '/api/v1/leads/report/csv'
const year = 'start_date=2024-01-01&end_date=2024-12-31'
const columns =
  'id name title company email phonenumber address city state zip country website status lead_type source assigned_to lead_value tags is_public lost junk date lastcontact dateassigned last_status_change date_converted client_id description'.split(
    ' '
  )

async function download({ api }: TestOrganization, query = year): Promise<Record<string, string>[]> {
  const { status, text } = await api.get(`${path}?${query}`)
  expect(status).toBe(200)
  const [header, ...rows] = readCsv(text)
  expect(header).toEqual(columns)
  expect(rows.filter(row => row.length !== columns.length)).toEqual([])
  return rows.map(row => Object.fromEntries(columns.map((name, place) => [name, row[place] ?? ''])))
}

test('the file is an attachment named by its days, of lines that end in CRLF, without a byte order mark', async () => {
  const { api } = await app.organization()
  const { headers, text } = await api.get(`${path}?${year}`)
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(headers.get('content-disposition')).toBe('attachment; filename="leads-2024-01-01-2024-12-31.csv"')
  expect(text).toBe(`${columns.join(',')}\r\n`)
})

test('each lead is one row with all that is known of it, in the time zone of the organization', async () => {
  const organization = await app.organization({ timeZone: 'Europe/Berlin' })
  const { api, adminId, ctx } = organization
  const { body } = await api.json('POST', '/api/v2/leads', {
    name: 'Jane Doe',
    title: 'Buyer',
    company: 'Doe, Roe & "Sons"',
    email: 'jane@example.com',
    phone: '030 5550100',
    address: '1 High Street\r\nBack door',
    city: 'Köln',
    state: 'NRW',
    zip: '01234',
    country: 'Germany',
    website: 'https://example.com',
    description: 'zwölf Boxkämpfer 你好 مرحبا 😀',
    source: 'Fair',
    assigned_id: adminId,
    is_public: true,
    is_lost: true,
    value: { amount: '9999999999999.99', currency: 'USD' },
    tags: ['red', 'Blue']
  })
  await ctx.store.transact(db =>
    db.kysely
      .updateTable('leads')
      .set({ created_at: Date.UTC(2024, 6, 1, 22), converted_at: 0 })
      .where('id', '=', body.id)
      .execute()
  )
  const [{ dateassigned, last_status_change, ...row } = {}, ...others] = await download(organization)
  expect(others).toEqual([])
  expect(dateassigned).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  expect(row).toEqual({
    id: String(body.id),
    name: 'Jane Doe',
    title: 'Buyer',
    company: 'Doe, Roe & "Sons"',
    email: 'jane@example.com',
    phonenumber: '030 5550100',
    address: '1 High Street\r\nBack door',
    city: 'Köln',
    state: 'NRW',
    zip: '01234',
    country: 'Germany',
    website: 'https://example.com',
    status: '',
    lead_type: '',
    source: 'Fair',
    assigned_to: 'Admin',
    lead_value: '9999999999999.99',
    tags: 'Blue, red',
    is_public: '1',
    lost: '1',
    junk: '0',
    date: '2024-07-02 00:00:00',
    lastcontact: '',
    date_converted: '1970-01-01 01:00:00',
    client_id: '',
    description: 'zwölf Boxkämpfer 你好 مرحبا 😀'
  })
})

test('a text that a spreadsheet would take for a formula begins with an apostrophe', async () => {
  const organization = await app.organization()
  const formulas = ['=1+1', '+49 30 1', '-2+3', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://example.com","x")']
  const plain = ["'=1", 'a=1', ' =1', '1-1', '"=1"']
  await seedLeads(
    organization,
    [...formulas, ...plain].map((name, index) => ({ name, description: name, created_at: Date.UTC(2024, 5, 1) - index }))
  )
  const rows = await download(organization)
  const expected = [...formulas.map(formula => `'${formula}`), ...plain]
  expect(rows.map(({ name }) => name)).toEqual(expected)
  expect(rows.map(({ description }) => description)).toEqual(expected)
})

test('every lead that the filters let through is there exactly once, newest first, in files of many parts too', async () => {
  const [organization, other] = [await app.organization(), await app.organization()]
  const roll = dice(7)
  // Thousands share an instant, so that parts end between them.
  const some = () => ({
    name: roll(2) ? 'Jane Doe' : 'John Smith',
    is_public: roll(2) as 0 | 1,
    created_at: roll(2) ? Date.UTC(2024, 1, 1) : Date.UTC(2023, 11, 1) + roll(400) * 86_400_000
  })
  const leads = await seedLeads(organization, Array.from({ length: 12_000 }, some), 'findable')
  await seedLeads(other, Array.from({ length: 100 }, some), 'findable')
  const newest = (a: SeededLead, b: SeededLead) => b.created_at - a.created_at || b.id - a.id
  const within = leads.filter(({ created_at }) => new Date(created_at).getUTCFullYear() === 2024).sort(newest)
  expect(within.length).toBeGreaterThan(7500)
  const ids = (of: SeededLead[]) => of.map(({ id }) => String(id))
  expect((await download(organization)).map(({ id }) => id)).toEqual(ids(within))
  const open = within.filter(({ is_public }) => is_public === 1)
  expect((await download(organization, `${year}&is_public=1`)).map(({ id }) => id)).toEqual(ids(open))
  const found = within.filter(({ name }) => name === 'John Smith').sort((a, b) => b.id - a.id)
  expect(found.length).toBeGreaterThan(2500)
  expect((await download(organization, `${year}&search=smith`)).map(({ id }) => id)).toEqual(ids(found))
})

/** Leads enough for a report to take a while and for a file of 8 parts of some megabytes. */
async function manyLeads(): Promise<TestOrganization> {
  const organization = await app.organization()
  const description = 'All work and no play makes Jack a dull boy. '.repeat(70)
  const start = Date.UTC(2024, 0, 1)
  await seedLeads(
    organization,
    Array.from({ length: 19_000 }, (_, index) => ({ created_at: start + index * 1000, description }))
  )
  return organization
}

const many = await manyLeads()
const parts = 8

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn()
}

const isIdle = () => apart.queueSize === 0 && apart.idleThreads === apart.threads.length

test('a client that takes its time holds up nobody: parts are read as it takes them, and it gets the whole file', async () => {
  const authorization = `Basic ${btoa(`${many.api.credentials.clientId}:${many.api.credentials.accessToken}`)}`
  const before = apart.completed
  const slow = await fetch(`${app.url}${path}?${year}`, { headers: { authorization } })
  const reader = slow.body!.getReader()
  const first = await reader.read()
  expect((await many.api.get(`${path}?${year}`)).text.match(/\r\n/g)).toHaveLength(19_001)
  expect(apart.completed - before).toBeGreaterThan(parts)
  expect(apart.completed - before).toBeLessThan(parts + parts / 2)
  let size = first.value!.length
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) size += piece.value.length
  const { text } = await many.api.get(`${path}?${year}`)
  expect(size).toBe(Buffer.byteLength(text))
})

test('a client that hangs up ends its export', async () => {
  const authorization = `Basic ${btoa(`${many.api.credentials.clientId}:${many.api.credentials.accessToken}`)}`
  const stop = new AbortController()
  const { body } = await fetch(`${app.url}${path}?${year}`, { headers: { authorization }, signal: stop.signal })
  const reader = body!.getReader()
  await reader.read()
  stop.abort()
  await expect(reader.read()).rejects.toThrow()
  await until(isIdle)
  const before = apart.completed
  expect((await many.api.get(`${path}?${year}`)).text.match(/\r\n/g)).toHaveLength(19_001)
  expect(apart.completed - before).toBe(parts)
})

test('HEAD tells of the file without reading a lead', async () => {
  const before = apart.completed
  const { status, headers, text } = await many.api.send('HEAD', `${path}?${year}`)
  expect([status, text]).toEqual([200, ''])
  expect(headers.get('content-disposition')).toContain('leads-2024-01-01-2024-12-31.csv')
  await many.api.get(`${path}?${year}`)
  expect(apart.completed - before).toBe(parts)
})

test('a client that hangs up ends its report, and the worker is free', async () => {
  // A worker that is ready takes the report at once; only ending the report ends the worker.
  await many.api.get('/api/v1/leads/list?with_total=1&limit=1')
  await until(isIdle)
  const threads = apart.threads.length
  const stop = new AbortController()
  const asked = many.api.send('GET', `/api/v1/leads/report?${year}`, { signal: stop.signal })
  asked.catch(() => {})
  await until(() => !isIdle())
  stop.abort()
  await expect(asked).rejects.toThrow()
  await until(() => apart.threads.length < threads)
  expect(isIdle()).toBe(true)
  const { body } = await many.api.get(`/api/v1/leads/report?${year}`)
  expect(body.data.totals.leads).toBe(19_000)
})

test.each([path, '/api/v1/leads/report'])('a client that hangs up while %s waits for its turn gives it up', async asked => {
  const stop = new AbortController()
  const endless = { sql: 'with recursive n (i) as (select 1 union all select i + 1 from n) select i from n', values: [] }
  const module = new URL('../db/apart.testing.ts', import.meta.url).href
  const busy = Array.from({ length: apart.maxThreads }, () => {
    const options = { flag: new Int32Array(new SharedArrayBuffer(4)) }
    return foldApart(many.ctx, endless, { module, name: 'countRunning', options }, { signal: stop.signal }).catch(() => 'stopped')
  })
  await until(() => apart.threads.length === apart.maxThreads && apart.idleThreads === 0 && apart.queueSize === 0)
  const gone = new AbortController()
  const answer = many.api.send('GET', `${asked}?${year}`, { signal: gone.signal })
  answer.catch(() => {})
  await until(() => apart.queueSize === 1)
  gone.abort()
  await expect(answer).rejects.toThrow()
  await until(() => apart.queueSize === 0)
  stop.abort()
  expect(await Promise.all(busy)).toEqual(busy.map(() => 'stopped'))
})
