import { expect, test } from 'vitest'
import { zoneClock } from '../platform/clock.ts'
import { type Api, snapshot, startApp, type TestOrganization } from '../testing.ts'
import { dice, type SeededLead, seedLeads } from './reports.testing.ts'

const app = await startApp()

const report = async (api: Api, query = '') => {
  const { status, body, text } = await api.get(`/api/v1/leads/report?${query}`)
  expect(status, text).toBe(200)
  return body.data
}

/** Minor units, however many, as a decimal text. */
const decimal = (minor: bigint): string => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`

const counted = (leads: SeededLead[]) => ({
  total: leads.length,
  value: decimal(leads.reduce((sum, { value }) => sum + BigInt(value ?? 0), 0n))
})

interface Catalogs {
  statuses: { id: number; name: string }[]
  types: { id: number; name: string }[]
  sources: { id: number; name: string }[]
  staff: { id: number; name: string }[]
}

async function catalogsOf({ ctx, api, adminId }: TestOrganization): Promise<Catalogs> {
  const own = (table: 'lead_statuses' | 'lead_types') =>
    ctx.db.kysely
      .selectFrom(table)
      .select(['id', 'name'])
      .where('organization_id', '=', ctx.organization.id)
      .orderBy('id')
      .execute()
  for (const source of ['Website', 'Fair']) await api.json('POST', '/api/v2/leads', { name: 'x', source })
  const sources = await ctx.db.kysely
    .selectFrom('sources')
    .select(['id', 'name'])
    .where('organization_id', '=', ctx.organization.id)
    .orderBy('name_key')
    .execute()
  const { body } = await api.post('/api/v1/staff/create', { firstname: 'Zoë', lastname: 'Lee', email: 'zoe@example.com' })
  const staff = [
    { id: adminId, name: 'Admin' },
    { id: Number(body.data.staffid), name: 'Zoë Lee' }
  ]
  return { statuses: await own('lead_statuses'), types: await own('lead_types'), sources, staff }
}

/** Leads all over 2024, some worth the greatest amount, with and without everything. */
function randomLeads({ statuses, types, sources, staff }: Catalogs, count: number) {
  const roll = dice(count)
  const one = (of: { id: number }[]): number | null => of[roll(of.length + 1)]?.id ?? null
  const flag = (odds: number) => (roll(odds) === 0 ? 1 : 0) as 0 | 1
  return Array.from({ length: count }, (_, index) => ({
    name: index % 3 ? 'Jane Doe' : 'John Smith',
    created_at: Date.UTC(2024, 0, 1) + roll(366 * 86_400) * 1000,
    status_id: one(statuses),
    type_id: one(types),
    source_id: one(sources),
    assigned_id: one(staff),
    is_public: flag(2),
    is_lost: flag(5),
    is_junk: flag(7),
    converted_at: flag(4) ? Date.UTC(2025, 0, 1) : null,
    value: [null, 0, 999_999_999_999_999, roll(1_000_000)][roll(4)] ?? null
  }))
}

function modelOf(leads: SeededLead[], catalogs: Catalogs, period: { start_date: string; end_date: string }, timeZone: string) {
  const clock = zoneClock(timeZone)
  const within = leads.filter(({ created_at }) => {
    const day = clock.formatDate(created_at)
    return day >= period.start_date && day <= period.end_date
  })
  const has = (test: (lead: SeededLead) => boolean) => within.filter(test)
  const by = (of: { id: number; name: string }[], key: 'status_id' | 'type_id' | 'source_id' | 'assigned_id') =>
    [{ id: null, name: 'None' }, ...of].map(({ id, name }) => ({
      id: String(id ?? 0),
      name,
      ...counted(has(lead => lead[key] === id))
    }))
  const days: object[] = []
  for (let at = Date.parse(`${period.start_date}T12:00:00Z`); ; at += 86_400_000) {
    const date = new Date(at).toISOString().slice(0, 10)
    if (date > period.end_date) break
    days.push({ date, ...counted(has(lead => clock.formatDate(lead.created_at) === date)) })
  }
  const converted = has(lead => lead.converted_at !== null).length
  return {
    period,
    totals: {
      leads: within.length,
      converted,
      lost: has(lead => lead.is_lost === 1).length,
      junk: has(lead => lead.is_junk === 1).length,
      value: counted(within).value,
      conversion_rate: within.length ? (Math.round((converted / within.length) * 10_000) / 100).toFixed(2) : '0.00'
    },
    by_status: by(catalogs.statuses, 'status_id'),
    by_type: by(catalogs.types, 'type_id'),
    by_source: by(catalogs.sources, 'source_id'),
    by_staff: by(catalogs.staff, 'assigned_id').filter(({ id, total }) => id === '0' || total > 0),
    by_day: days
  }
}

test('every number of a report is exact, whatever the filters, and none is of another organization', async () => {
  const timeZone = 'Europe/Berlin'
  const [organization, other] = [await app.organization({ timeZone }), await app.organization({ timeZone })]
  const { api } = organization
  const catalogs = await catalogsOf(organization)
  const leads = await seedLeads(organization, randomLeads(catalogs, 3000), 'findable')
  await seedLeads(other, randomLeads(await catalogsOf(other), 500), 'findable')
  expect(counted(leads).value.length).toBeGreaterThan(17)
  const period = { start_date: '2024-03-01', end_date: '2024-10-31' }
  const dates = 'start_date=2024-03-01&end_date=2024-10-31'
  const [status, type, source, member] = [catalogs.statuses[1]!, catalogs.types[0]!, catalogs.sources[0]!, catalogs.staff[1]!]
  const filters: [string, (lead: SeededLead) => boolean][] = [
    ['', () => true],
    [`status=${status.id}`, lead => lead.status_id === status.id],
    ['status=0', lead => lead.status_id === null],
    [`lead_type=${type.id}`, lead => lead.type_id === type.id],
    [`source=${source.id}`, lead => lead.source_id === source.id],
    [`assigned=${member.id}`, lead => lead.assigned_id === member.id],
    ['assigned=0', lead => lead.assigned_id === null],
    ['is_public=1', lead => lead.is_public === 1],
    ['is_public=0', lead => lead.is_public === 0],
    ['search=smith', lead => lead.name === 'John Smith'],
    [
      `search=doe&status=${status.id}&is_public=1`,
      lead => lead.name === 'Jane Doe' && lead.status_id === status.id && lead.is_public === 1
    ]
  ]
  for (const [query, passes] of filters) {
    const data = await report(api, `${dates}&${query}`)
    expect(data, query).toEqual(modelOf(leads.filter(passes), catalogs, period, timeZone))
    const list = await api.get(`/api/v1/leads/list?${dates}&${query}&limit=1&with_total=1`)
    expect(list.body.meta.total, query).toBe(data.totals.leads)
  }
})

test('a report has exactly its keys in order', async () => {
  const { api } = await app.organization()
  const { body } = await api.get('/api/v1/leads/report')
  expect(Object.keys(body)).toEqual(['data', 'message'])
  const { data } = body
  expect(Object.keys(data)).toEqual(['period', 'totals', 'by_status', 'by_type', 'by_source', 'by_staff', 'by_day'])
  expect(Object.keys(data.period)).toEqual(['start_date', 'end_date'])
  expect(Object.keys(data.totals)).toEqual(['leads', 'converted', 'lost', 'junk', 'value', 'conversion_rate'])
  for (const row of [...data.by_status, ...data.by_type, ...data.by_source, ...data.by_staff])
    expect(Object.keys(row)).toEqual(['id', 'name', 'total', 'value'])
  expect(Object.keys(data.by_day[0])).toEqual(['date', 'total', 'value'])
  expect(data.totals).toEqual({ leads: 0, converted: 0, lost: 0, junk: 0, value: '0.00', conversion_rate: '0.00' })
  expect(data.by_staff).toEqual([{ id: '0', name: 'None', total: 0, value: '0.00' }])
})

test.each([
  ['2024-03-30', '2024-04-01', ['2024-03-30T22:59:59Z', '2024-03-30T23:00:00Z', '2024-03-31T21:59:59Z', '2024-03-31T22:00:00Z']],
  ['2024-10-26', '2024-10-28', ['2024-10-26T21:59:59Z', '2024-10-26T22:00:00Z', '2024-10-27T22:59:59Z', '2024-10-27T23:00:00Z']]
])('days begin at midnight where the clocks change: %s to %s', async (start, end, times) => {
  const organization = await app.organization({ timeZone: 'Europe/Berlin' })
  await seedLeads(
    organization,
    times.map(time => ({ created_at: Date.parse(time) }))
  )
  const { by_day } = await report(organization.api, `start_date=${start}&end_date=${end}`)
  expect(by_day.map(({ total }: { total: number }) => total)).toEqual([1, 2, 1])
})

test('a day that the clocks skipped has nothing, and the next one all of its own', async () => {
  const organization = await app.organization({ timeZone: 'Pacific/Apia' })
  await seedLeads(organization, [
    { created_at: Date.parse('2011-12-30T09:59:59Z') },
    { created_at: Date.parse('2011-12-30T10:00:00Z') }
  ])
  const { by_day } = await report(organization.api, 'start_date=2011-12-29&end_date=2011-12-31')
  expect(by_day).toMatchObject([
    { date: '2011-12-29', total: 1 },
    { date: '2011-12-30', total: 0 },
    { date: '2011-12-31', total: 1 }
  ])
})

test('the period is the last 30 days unless told, and every day of it is there', async () => {
  const organization = await app.organization({ timeZone: 'Pacific/Kiritimati' })
  const { api } = organization
  const clock = zoneClock('Pacific/Kiritimati')
  const today = clock.formatDate(Date.now())
  const start = clock.dayStart(clock.formatDate(clock.dayStart(today) - 28.5 * 86_400_000))
  await seedLeads(organization, [{ created_at: Date.now() }, { created_at: start }, { created_at: start - 1 }])
  const { period, totals, by_day } = await report(api)
  expect(period).toEqual({ start_date: clock.formatDate(start), end_date: today })
  expect(totals.leads).toBe(2)
  expect(by_day).toHaveLength(30)
  expect((await report(api, 'end_date=2024-01-31')).period).toEqual({ start_date: '2024-01-02', end_date: '2024-01-31' })
  expect((await report(api, `start_date=${clock.formatDate(start - 1)}`)).totals.leads).toBe(3)
  expect((await report(api, 'start_date=2999-01-01')).period).toEqual({ start_date: '2999-01-01', end_date: '2999-01-01' })
  expect((await report(api, 'end_date=1900-01-05')).period).toEqual({ start_date: '1900-01-01', end_date: '1900-01-05' })
  expect((await report(api, 'start_date=Jan 2, 2024&end_date=31-01-2024')).by_day).toHaveLength(30)
})

test('a period of ten years is answered, a longer one and one that ends before it begins are refused', async () => {
  const { api } = await app.organization()
  const day = (count: number) => new Date(Date.UTC(2024, 0, 1) - count * 86_400_000).toISOString().slice(0, 10)
  expect((await report(api, `start_date=${day(3660)}&end_date=${day(1)}`)).by_day).toHaveLength(3660)
  for (const path of ['/api/v1/leads/report', '/api/v1/leads/report/csv']) {
    for (const [query, field] of [
      [`start_date=${day(3661)}&end_date=${day(1)}`, 'end_date'],
      ['start_date=2024-01-02&end_date=2024-01-01', 'end_date'],
      ['start_date=2024-02-30', 'start_date'],
      ['status=x', 'status'],
      ['is_public=2', 'is_public'],
      ['page=1', 'page']
    ] as const) {
      const { status, body } = await api.get(`${path}?${query}`)
      expect(status, query).toBe(400)
      expect(Object.keys(body.error.fields), query).toEqual([field])
    }
  }
})

test('ids of another organization in a filter find nothing, as unknown ones do', async () => {
  const [mine, theirs] = [await app.organization(), await app.organization()]
  const catalogs = await catalogsOf(theirs)
  await seedLeads(mine, [{ created_at: Date.now() }])
  await seedLeads(theirs, randomLeads(catalogs, 50))
  const before = await snapshot(app)
  const strangers = {
    status: catalogs.statuses[0]!.id,
    lead_type: catalogs.types[0]!.id,
    source: catalogs.sources[0]!.id,
    assigned: theirs.adminId
  }
  for (const [field, id] of Object.entries(strangers)) {
    for (const path of ['report', 'report/csv']) {
      const unknown = await mine.api.get(`/api/v1/leads/${path}?${field}=999999999`)
      expect(unknown.status).toBe(200)
      expect((await mine.api.get(`/api/v1/leads/${path}?${field}=${id}`)).text).toBe(unknown.text)
    }
  }
  expect(await snapshot(app)).toBe(before)
})

test('reports need leads:read', async () => {
  const { as } = await app.organization()
  const [reader, other] = [await as('leads:read'), await as('leads:write', 'calls:read')]
  for (const path of ['/api/v1/leads/report', '/api/v1/leads/report/csv']) {
    expect((await reader.get(path)).status).toBe(200)
    expect((await other.get(path)).status).toBe(403)
  }
})
