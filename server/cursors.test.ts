import { expect, test } from 'vitest'
import { idsOf } from './leads/leads.testing.ts'
import {
  type Answer,
  type Api,
  makeDeal,
  makeLead,
  makeStaff,
  query,
  snapshot,
  startApp,
  type TestOrganization
} from './testing.ts'

// The lists of /api/v2: one grammar of parameters, and pages that no change of the rows can put in disorder.

const app = await startApp()

const get = (api: Api, path: string) => api.get(`/api/v2/${path}`)
type Row = { id: number } & Record<string, unknown>

/** All rows of a list, page after page; `between` runs after each page. */
async function walk(api: Api, path: string, between: (page: number) => Promise<unknown> = async () => {}): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null = ''
  for (let page = 1; cursor !== null; page++) {
    const answer: Answer = await get(api, `${path}${cursor && `&cursor=${cursor}`}`)
    expect(answer.status, answer.text).toBe(200)
    rows.push(...answer.body.data)
    cursor = answer.body.next_cursor
    await between(page)
  }
  return rows
}

const ids = (rows: Row[]): number[] => rows.map(({ id }) => id)

interface List {
  path: string
  table: string
  at: string
  /** Keys that the record's own route has and the list has not. */
  without: string[]
  make: (org: TestOrganization, nth: number) => Promise<number>
  /** Parameters and which rows they choose, as SQL. */
  filters: (org: TestOrganization) => Promise<Record<string, string>>
}

const openTicket = async ({ api }: TestOrganization, nth: number) => {
  const form = { subject: `Printer ${nth}`, message: 'On fire', priority: String(nth % 4), email: `p${nth % 2}@example.com` }
  const { body } = await api.post('/api/v1/ticket/create', { name: 'Jane', ...form })
  if (nth % 3 > 0) await api.json('PATCH', `/api/v2/tickets/${body.data.tenant_ticket_id}`, { status_id: 1 + (nth % 3) })
  return Number(body.data.tenant_ticket_id)
}

const lists: Record<string, List> = {
  tickets: {
    ...{ path: 'tickets', table: 'tickets', at: 'created_at', without: ['message'] },
    make: openTicket,
    filters: async () => ({
      'status_id=1': 'status_id = 1',
      'status_id=3,1': 'status_id in (1, 3)',
      'priority_id=none': 'priority_id is null',
      'priority_id=none,2,2': '(priority_id is null or priority_id = 2)',
      'status_id=1,2&priority_id=1,none': 'status_id in (1, 2) and (priority_id is null or priority_id = 1)',
      'assigned_id=none&department_id=none': 'assigned_id is null',
      'email=P1@Example.com': "email_key = 'p1@example.com'",
      'search=printer': 'true',
      'search=printer&status_id=1,2': 'status_id in (1, 2)',
      'search=printer&email=p0@example.com': "email_key = 'p0@example.com'"
    })
  },
  leads: {
    ...{ path: 'leads', table: 'leads', at: 'created_at', without: ['description', 'chat', 'analytics'] },
    make: async (org, nth) => {
      const [status] = await idsOf(org, 'lead_statuses')
      const fields = { is_public: nth % 3 === 0, status_id: nth % 2 ? status : null }
      return (await makeLead(org, { name: `Lena ${nth}`, tags: ['b', 'a'], ...fields })).id
    },
    filters: async () => ({
      'is_public=true': 'is_public = 1',
      'is_public=false': 'is_public = 0',
      'status_id=none': 'status_id is null',
      'type_id=none&source_id=none&assigned_id=none': 'true',
      'search=lena&is_public=true': 'is_public = 1'
    })
  },
  deals: {
    ...{ path: 'deals', table: 'deals', at: 'created_at', without: ['notes'] },
    make: async (org, nth) => {
      const { id } = await makeDeal(org, { tags: 'b,a', 'user_id[]': String(org.adminId) })
      if (nth % 3 === 0) await org.api.put(`/api/v1/deals/update-deals/${id}`, { status: 'won' })
      return Number(id)
    },
    filters: async ({ adminId }) => ({
      'status=won': "status = 'won'",
      'status=won,open': 'true',
      [`owner_id=${adminId},999999`]: 'true',
      'source_id=none': 'true',
      'lead_id=999999': 'false',
      'customer_id=999999': 'false',
      'pipeline_id=999999&stage_id=1': 'false',
      'search=deal&status=open,lost': "status = 'open'"
    })
  },
  calls: {
    ...{ path: 'calls', table: 'calls', at: 'started_at' },
    without: ['summary', 'transcript', 'contact_name', 'contact_email', 'staff_name'],
    make: async ({ api, adminId }, nth) => {
      const call = { direction: nth % 2 ? 'inbound' : 'outbound', phone: nth % 3 ? '+49 30 1' : '+1 555 0100', summary: 'Words' }
      const spoken = nth % 4 ? {} : { spoken_by_id: adminId }
      return (await api.json('POST', '/api/v2/calls', { ...call, ...spoken, started_at: '2024-03-01T10:00:00Z' })).body.id
    },
    filters: async ({ adminId }) => ({
      'direction=inbound': "direction = 'inbound'",
      'direction=outbound,inbound': 'true',
      'phone=0049 30 1': "phone_digits = '49301'",
      'lead_id=none': 'true',
      [`spoken_by_id=${adminId}`]: `spoken_by_id = ${adminId}`,
      [`spoken_by_id=${adminId},none&direction=inbound`]: "direction = 'inbound'",
      'search=words&direction=inbound': "direction = 'inbound'"
    })
  },
  customers: {
    ...{ path: 'customers', table: 'customers', at: 'created_at', without: [] },
    make: async ({ api }, nth) => {
      const contact = { first_name: 'Jane', last_name: 'Doe', email: 'jane@example.com', phone: '1' }
      const body = { name: `Acme ${nth}`, phone: nth % 2 ? '+49 30 1' : null, ...(nth % 3 && { contact }) }
      return (await api.json('POST', '/api/v2/customers', body)).body.id
    },
    filters: async () => ({ 'phone=%2b49 30 1': "phone_digits = '49301'" })
  }
}

/** Rows of which many have the same time, in no order of their ids. */
async function fill(list: List, count = 12) {
  const org = await app.organization()
  for (let nth = 1; nth <= count; nth++) await list.make(org, nth)
  const { table, at } = list
  const minute = '(case when id % 5 < 3 then 60000 when id % 5 = 3 then 0 else 120000 end)'
  await query(app, `update ${table} set ${at} = 1700000000000 + ${minute} where organization_id = ?`, org.id)
  const expected = async (condition: string, order: string): Promise<number[]> =>
    ids(await query<Row>(app, `select id from ${table} where organization_id = ? and ${condition} order by ${order}`, org.id))
  return { org, expected }
}

const names = Object.keys(lists)

test.each(names)(
  'the pages of %s give each row once and in order, for every sort and filter',
  async name => {
    const list = lists[name] as List
    const { org, expected } = await fill(list)
    await fill(list, 2)
    const { at, path } = list
    const time = new Date(1_700_000_060_000).toISOString()
    const filters = {
      ...{ '': 'true', ...(await list.filters(org)) },
      [`${at}[gte]=${time}`]: `${at} >= 1700000060000`,
      [`${at}[lt]=${time}`]: `${at} < 1700000060000`,
      [`${at}[gte]=${time}&${at}[lt]=${time}`]: 'false'
    }
    for (const [filter, condition] of Object.entries(filters)) {
      const time = filter.includes('search=') ? '' : `${at} `
      for (const sign of ['-', '']) {
        const sort = `${sign}${time ? at : 'id'}`
        const way = sign ? 'desc' : 'asc'
        const wanted = await expected(condition, time ? `${at} ${way}, id ${way}` : `id ${way}`)
        for (const limit of [2, 200]) {
          const found = await walk(org.api, `${path}?limit=${limit}&sort=${sort}&${filter}`)
          expect(ids(found), `${filter} ${sort} ${limit}`).toEqual(wanted)
        }
      }
      const counted = await get(org.api, `${path}?limit=1&total=1&${filter}`)
      expect(counted.body, filter).toMatchObject({ total: (await expected(condition, 'id')).length, total_capped: false })
    }
    const usual = await get(org.api, path)
    expect(ids(usual.body.data)).toEqual(await expected('true', `${at} desc, id desc`))
    expect(Object.keys(usual.body)).toEqual(['data', 'next_cursor'])
  },
  120_000
)

test.each(names)(
  '%s that come, change or go during a walk move no other row',
  async name => {
    const list = lists[name] as List
    for (const sort of [`-${list.at}`, list.at]) {
      const { org, expected } = await fill(list)
      const all = await expected('true', 'id')
      const changed =
        { tickets: 'status_id = 2', deals: "status = 'lost'", calls: 'is_important = 1' }[name] ?? "phone_digits = '7'"
      const walked = await walk(org.api, `${list.path}?limit=2&sort=${sort}`, async page => {
        await query(app, `update ${list.table} set ${changed} where organization_id = ? and id % 3 = ?`, org.id, page % 3)
        const added = await list.make(org, page)
        const time = [1_700_000_060_000, 1_600_000_000_000, 1_800_000_000_000][page % 3]
        await query(app, `update ${list.table} set ${list.at} = ? where id = ? and organization_id = ?`, time, added, org.id)
      }).then(ids)
      expect(new Set(walked).size, sort).toBe(walked.length)
      expect(walked.filter(id => all.includes(id)).toSorted((a, b) => a - b)).toEqual(all)
    }
  },
  120_000
)

test('a row that is removed during a walk, the last one shown too, takes no other with it', async () => {
  const { org, expected } = await fill(lists.customers as List, 12)
  await query(app, 'delete from contacts where organization_id = ?', org.id)
  const left = await expected('true', 'created_at desc, id desc')
  const shown: number[] = []
  const walked = ids(
    await walk(org.api, 'customers?limit=2', async page => {
      // The last row that was shown, and the one that would come next.
      const at = page * 2 - 1
      shown.push(...left.slice(at - 1, at + 1))
      await query(app, 'delete from customers where id in (?, ?)', left[at] ?? 0, left[at + 1] ?? 0)
      left.splice(at + 1, 1)
    })
  )
  expect(walked).toEqual(shown)
  expect(walked).toEqual(left)
})

test.each(names)('a listed row of %s has exactly the keys and values of its own route but for long texts', async name => {
  const { path, make, without } = lists[name] as List
  const org = await app.organization()
  for (const nth of [1, 2, 3, 4]) await make(org, nth)
  const { body } = await get(org.api, path)
  for (const row of body.data) {
    const { text, body: own } = await get(org.api, `${path}/${row.id}`)
    expect(Object.keys(row)).toEqual(Object.keys(own).filter(key => !without.includes(key)))
    expect(Object.keys(own), text).toEqual(expect.arrayContaining(without))
    expect(own).toMatchObject(row)
  }
})

test('a deal is answered with its references as ids, amounts with their currency and times in UTC', async () => {
  const org = await app.organization({ currency: 'EUR' })
  const { staffid } = await makeStaff(org)
  const lead = await makeLead(org)
  const form = { deal_value: '12.5', tags: 'b,a', days_to_close: '2024-08-13', rel_type: 'lead', rel_id: String(lead.id) }
  const { id, pipeline_id, stage_id } = await makeDeal(org, {
    title: 'Chairs',
    ...form,
    'user_id[]': [String(org.adminId), staffid]
  })
  const { status, body } = await get(org.api, `deals/${id}`)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect([status, body]).toEqual([
    200,
    {
      ...{
        id: Number(id),
        title: 'Chairs',
        status: 'open',
        notes: null,
        lost_reason: null,
        closed_at: null,
        created_by_id: null
      },
      ...{ value: { amount: '12.50', currency: 'EUR' }, tax_total: { amount: '0.00', currency: 'EUR' } },
      ...{ pipeline_id: Number(pipeline_id), stage_id: Number(stage_id), source_id: null, owner_id: org.adminId },
      ...{ assignee_ids: [org.adminId, Number(staffid)], lead_id: lead.id, customer_id: null, tags: ['a', 'b'] },
      ...{ expected_close_on: '2024-08-13', created_at: time, updated_at: time }
    }
  ])
  const other = await app.organization()
  expect((await get(other.api, `deals/${id}`)).text).toBe((await get(other.api, 'deals/999999')).text)
})

const bad: [string, string, string[]][] = [
  ...names.flatMap((name): [string, string, string[]][] => [
    [name, 'limit=0', ['limit']],
    [name, 'limit=201', ['limit']],
    [name, 'limit=1e1', ['limit']],
    [name, 'limit=5&limit=6', ['limit']],
    [name, 'total=yes', ['total']],
    [name, 'sort=name', ['sort']],
    [name, 'sort=-id', ['sort']],
    [name, 'cursor=', ['cursor']],
    [name, 'cursor=abc', ['cursor']],
    [name, 'cursor=%ff', ['cursor']],
    [name, `cursor=${'A'.repeat(201)}`, ['cursor']],
    [name, 'page=2&offset=3', ['offset', 'page']],
    [name, '__proto__=1&constructor=2', ['__proto__', 'constructor']],
    [name, `${lists[name]?.at}[gte]=2024-08-09`, [`${lists[name]?.at}[gte]`]],
    [name, `${lists[name]?.at}[lt]=2024-02-30T00:00:00Z`, [`${lists[name]?.at}[lt]`]],
    [name, `${lists[name]?.at}[gt]=2024-08-09T00:00:00Z`, [`${lists[name]?.at}[gt]`]],
    [name, 'organization_id=1', ['organization_id']]
  ]),
  ...['0', '-1', 'abc', '1e30', "1'", '9007199254740993', '', '1,', '1;2', 'none', '1,2,3,4,5,6,7,8,9,10,11'].map(
    (value): [string, string, string[]] => ['tickets', `status_id=${value}`, ['status_id']]
  ),
  ['tickets', 'priority_id=null', ['priority_id']],
  ['tickets', 'status_id=1&status_id=2', ['status_id']],
  ['tickets', 'status_id=1,2,3,4,5&priority_id=1,2,3,4,5', ['priority_id', 'status_id']],
  ['tickets', 'email=', ['email']],
  ['tickets', 'search=', ['search']],
  ['tickets', 'search=a%00b', ['search']],
  ['tickets', 'search=%ff', ['search']],
  ['tickets', `search=${'a'.repeat(201)}`, ['search']],
  ['tickets', 'search=a&sort=created_at', ['sort']],
  ['leads', 'is_public=1', ['is_public']],
  ['leads', 'type_id=0', ['type_id']],
  ['deals', 'status=closed', ['status']],
  ['deals', 'lead_id=none', ['lead_id']],
  ['calls', 'direction=1', ['direction']],
  ['calls', 'phone=abc', ['phone']],
  ['calls', 'created_at[gte]=2024-08-09T00:00:00Z', ['created_at[gte]']],
  ['customers', 'search=a', ['search']]
]

const { api } = await app.organization()

test.each(bad)('%s asked with %s is 400 and names it', async (path, parameters, fields) => {
  const { status, body } = await get(api, `${path}?${parameters}`)
  expect([status, body.code, Object.keys(body.fields).sort()]).toEqual([400, 'invalid_request', fields])
})

const bodies: Record<string, object> = {
  'POST /api/v2/customers': { name: 'Acme' },
  'POST /api/v2/leads': { name: 'Lena' },
  'PATCH /api/v2/leads/:id': { name: 'Lena' },
  'POST /api/v2/calls': { direction: 'inbound', phone: '1', started_at: '2024-03-01T10:00:00Z' },
  'PATCH /api/v2/calls/:id': { phone: '1' },
  'PATCH /api/v2/tickets/:id': { subject: 'Printer' },
  'POST /api/v2/tickets/:id/replies': { message: 'Words', from: 'customer' },
  'PUT /api/v2/tickets/:id/merger': { into_id: 2 }
}

test('an unknown query parameter is refused by name whatever the route, and changes nothing', async () => {
  const before = await snapshot(app)
  const reading = app.app.http.routeList.filter(({ method, url }) => url.startsWith('/api/v2') && method === 'GET')
  expect(reading.length).toBeGreaterThan(9)
  for (const route of [...reading.map(({ url }) => `GET ${url}`), ...Object.keys(bodies)]) {
    const [method, path] = route.replace(':id', '1').split(' ') as [string, string]
    const body = bodies[route] && { body: JSON.stringify(bodies[route]), headers: { 'content-type': 'application/json' } }
    const answer = await api.send(method, `${path}?colour=red`, body)
    expect([route, answer.status, answer.body.fields], answer.text).toEqual([route, 400, { colour: 'is not a field here' }])
  }
  expect(await snapshot(app)).toBe(before)
})

test('a cursor opens the next page of its own list only: organization, resource, filters and sort are sealed in it', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  for (const org of [own, other]) for (const nth of [1, 2, 3]) await openTicket(org, nth)
  const cursorOf = async (org: TestOrganization, path: string): Promise<string> =>
    (await get(org.api, `${path}limit=1`)).body.next_cursor
  const cursor = await cursorOf(own, 'tickets?')
  const foreign = await cursorOf(other, 'tickets?')
  const searched = await cursorOf(own, 'tickets?search=printer&')
  const refused = {
    [foreign]: ['tickets?'],
    [cursor]: ['leads?', 'customers?', 'tickets?sort=created_at&', 'tickets?status_id=1&', 'tickets?search=printer&'].concat(
      'tickets?created_at[gte]=2020-01-01T00:00:00Z&'
    ),
    [searched]: ['tickets?', 'tickets?search=print&', 'tickets?search=printer&sort=id&'],
    [await cursorOf(own, 'tickets?status_id=1,2&')]: ['tickets?status_id=1&', 'tickets?priority_id=1,2&']
  }
  for (const [cursor, paths] of Object.entries(refused)) {
    for (const path of paths) {
      const { status, body } = await get(own.api, `${path}cursor=${cursor}`)
      expect([path, status, Object.keys(body.fields)]).toEqual([path, 400, ['cursor']])
    }
  }
  for (const [at, sign] of [...cursor].entries()) {
    const changed = `${cursor.slice(0, at)}${sign === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
    expect((await get(own.api, `tickets?cursor=${changed}`)).status, `${at}`).toBe(400)
  }
  for (const changed of [`${cursor}A`, cursor.slice(1), `${cursor}=`, `${cursor} `])
    expect((await get(own.api, `tickets?cursor=${encodeURIComponent(changed)}`)).status).toBe(400)
  expect((await get(own.api, `tickets?limit=7&total=1&sort=-created_at&cursor=${cursor}`)).body).toMatchObject({ total: 3 })
})

test('a total counts to 10,000 and says that there are more', async () => {
  const { id, ctx, api } = await app.organization()
  const rows = Array.from({ length: 10_000 }, (_, at) => [id, `Acme ${at}`, 1_700_000_000_000])
  await ctx.store.exclusively(db => db.insertMany('customers', ['organization_id', 'name', 'created_at'], rows))
  expect((await get(api, 'customers?limit=1&total=1')).body).toMatchObject({ total: 10_000, total_capped: false })
  await api.json('POST', '/api/v2/customers', { name: 'One more' })
  expect((await get(api, 'customers?limit=1&total=1')).body).toMatchObject({ total: 10_000, total_capped: true })
  expect(new Set(ids(await walk(api, 'customers?limit=200'))).size).toBe(10_001)
})
