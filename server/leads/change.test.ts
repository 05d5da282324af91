import { expect, test } from 'vitest'
import { makeLead, makeStaff, snapshot, startApp } from '../testing.ts'
import { change, details, events, idsOf, listed } from './leads.testing.ts'

const app = await startApp()

const keys =
  'id name title company email phone status_id type_id source_id assigned_id created_by_id is_public is_lost is_junk description address city state zip country website value tags chat analytics customer_id last_contact_at assigned_at status_changed_at converted_at created_at updated_at'.split(
    ' '
  )

const texts = {
  ...{ name: 'Lena Lead', title: 'Buyer', company: 'Example Ltd', email: 'lena@example.com', phone: '+1 555 0100' },
  ...{
    description: 'Met at the fair',
    address: 'Road 1',
    city: 'Berlin',
    state: 'BE',
    zip: '10115',
    country: 'DE',
    website: 'example.com'
  }
}
const message = {
  ...{ id: 'm1', created_at: '2024-08-09T16:42:36.000000Z', visibility: 'all', type: 'message' },
  ...{ properties: { a: [1] }, text: 'Hello', author_id: 'x' }
}
const chat = { id: 'C-1', started_at: '2024-08-09T16:42:35.000Z', ended_at: '2024-08-09T16:50:00.000Z', messages: [message] }
const analytics = {
  ...{
    source: 'google',
    browser: 'Firefox',
    source_url: 'https://example.com',
    ip: '203.0.113.7',
    city: 'Berlin',
    country: 'Germany'
  },
  ...{ country_code: 'DE', latitude: 52.5, longitude: 13.4, region: 'Berlin', timezone: 'Europe/Berlin' }
}

test('every field that is sent is kept and read back, in create, get and change', async () => {
  const org = await app.organization({ currency: 'EUR' })
  const [statuses, types, sources] = [
    await idsOf(org, 'lead_statuses'),
    await idsOf(org, 'lead_types'),
    await idsOf(org, 'sources')
  ]
  const flags = { is_public: true, is_lost: true, is_junk: true }
  const first = { status_id: statuses[0], type_id: types[0], source_id: sources[0], assigned_id: org.adminId }
  const sent = { ...texts, ...flags, ...first, value: { amount: '10.00', currency: 'EUR' }, tags: ['A', 'b'], chat, analytics }
  const created = await org.api.json('POST', '/api/v2/leads', sent)
  expect(created.status).toBe(201)
  expect(Object.keys(created.body)).toEqual(keys)
  expect(created.body).toMatchObject(sent)
  expect(created.body).toMatchObject({ created_by_id: null, customer_id: null, last_contact_at: null, converted_at: null })
  const { id } = created.body
  expect((await org.api.get(`/api/v2/leads/${id}`)).text).toBe(created.text)
  const other = {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, `${text}.other`])),
    ...{ is_public: false, is_lost: false, is_junk: false, status_id: statuses[1], type_id: types[1], source_id: sources[1] },
    ...{ assigned_id: null, value: { amount: '0.00', currency: 'EUR' }, tags: ['c'], analytics: { ...analytics, city: null } },
    chat: { ...chat, id: null, messages: [] }
  }
  const changed = await change(org, id, other)
  expect(changed.status).toBe(200)
  expect(changed.body).toMatchObject(other)
  expect((await org.api.get(`/api/v2/leads/${id}`)).text).toBe(changed.text)
})

test('what a change omits stays; null and "" clear', async () => {
  const org = await app.organization()
  const lead = await makeLead(org, { ...texts, chat, analytics, tags: ['A'], value: { amount: '10.00', currency: 'USD' } })
  const { body } = await change(org, lead.id, { is_lost: true })
  expect(body).toEqual({ ...lead, is_lost: true, updated_at: body.updated_at })
  const { name, ...optional } = texts
  const none = Object.fromEntries(Object.keys(optional).map((key, index) => [key, index % 2 ? null : ' ']))
  const cleared = await change(org, lead.id, { ...none, value: null, tags: [], chat: null, analytics: null })
  const empty = Object.fromEntries(Object.keys(optional).map(key => [key, null]))
  expect(cleared.body).toMatchObject({ name, ...empty, value: null, tags: [], chat: null, analytics: null })
  expect(await details(org, lead.id)).toMatchObject({ chat: '0', chat_id: null, chat_date: null, lead_value: null })
  const { rows } = await countOf(org.id, 'lead_analytics')
  expect(rows).toBe(0)
})

test('chat and analytics change apart', async () => {
  const org = await app.organization()
  const lead = await makeLead(org, { chat })
  expect((await change(org, lead.id, { analytics })).body).toMatchObject({ chat, analytics })
  expect((await change(org, lead.id, { chat: null })).body).toMatchObject({ chat: null, analytics })
})

test('assigning dates the assignment, another status dates the status, lost and junk keep the status', async () => {
  const org = await app.organization()
  const [first, second] = await idsOf(org, 'lead_statuses')
  const lead = await makeLead(org, { status_id: first })
  expect(lead).toMatchObject({ assigned_at: null, status_changed_at: null })
  const assigned = (await change(org, lead.id, { assigned_id: org.adminId })).body
  expect(assigned.assigned_at).toBe(assigned.updated_at)
  expect(assigned.status_changed_at).toBeNull()
  const same = (await change(org, lead.id, { assigned_id: org.adminId, status_id: first, city: 'Rome' })).body
  expect(same).toMatchObject({ assigned_at: assigned.assigned_at, status_changed_at: null })
  const lost = (await change(org, lead.id, { is_lost: true, is_junk: true })).body
  expect(lost).toMatchObject({ status_id: first, status_changed_at: null, is_lost: true, is_junk: true })
  const moved = (await change(org, lead.id, { status_id: second })).body
  expect(moved.status_changed_at).toBe(moved.updated_at)
  expect((await change(org, lead.id, { assigned_id: null })).body.assigned_at).toBeNull()
})

test('a staff member who left keeps leads, but gets no new ones', async () => {
  const org = await app.organization()
  const staff_id = Number((await makeStaff(org)).staffid)
  const lead = await makeLead(org, { assigned_id: staff_id })
  expect((await org.api.put(`/api/v1/staff/update/${staff_id}`, { status: '0', firstname: 'Sam' })).status).toBe(200)
  expect((await change(org, lead.id, { assigned_id: staff_id, city: 'Rome' })).status).toBe(200)
  const { status, body } = await org.api.json('POST', '/api/v2/leads', { name: 'A', assigned_id: staff_id })
  expect([status, Object.keys(body.fields)]).toEqual([422, ['assigned_id']])
})

test('a source and tags go by name, new ones are made, and case and accents make no other', async () => {
  const org = await app.organization()
  const [website] = await idsOf(org, 'sources')
  expect((await makeLead(org, { source: ' wébsite ' })).source_id).toBe(website)
  const fair = await makeLead(org, { source: 'Fair', tags: ['Big', 'BIG ', 'new'] })
  expect(fair.tags).toEqual(['Big', 'new'])
  expect(await details(org, fair.id)).toMatchObject({ source_name: 'Fair' })
  expect((await makeLead(org, { source: 'FAIR', tags: ['big'] })).tags).toEqual(['Big'])
  expect(await idsOf(org, 'sources')).toHaveLength(6)
})

test('each change is one event that tells what was and what is, and long words only by name', async () => {
  const org = await app.organization()
  const lead = await makeLead(org, { name: 'Lena', staff_id: org.adminId })
  const fields = {
    name: 'Nora',
    is_lost: true,
    source: 'Website',
    description: 'Secret words',
    chat,
    tags: ['A'],
    value: { amount: '1.00', currency: 'USD' }
  }
  await change(org, lead.id, fields)
  await change(org, lead.id, fields)
  const [website] = await idsOf(org, 'sources')
  const told = {
    name: ['Lena', 'Nora'],
    is_lost: [0, 1],
    source_id: [null, website],
    description: true,
    chat: true,
    tags: [[], ['A']],
    value: [null, 100]
  }
  const byApp = { record_id: lead.id, actor_type: 'app', actor_id: expect.any(Number) }
  expect(await events(org)).toEqual([
    { ...byApp, type: 'lead.created', actor_type: 'staff', actor_id: org.adminId, data: { name: 'Lena' } },
    { ...byApp, type: 'lead.updated', data: told }
  ])
})

test('keys of e-mail and phone are kept, and two leads may have the same', async () => {
  const org = await app.organization()
  const row = async (id: number) =>
    org.ctx.db.kysely.selectFrom('leads').select(['email_key', 'phone_digits']).where('id', '=', id).executeTakeFirst()
  for (const email of ['Lena@Example.com', 'lena@example.COM']) {
    const { id } = await makeLead(org, { email, phone: '0049 30 12' })
    expect(await row(id)).toEqual({ email_key: 'lena@example.com', phone_digits: '493012' })
  }
})

test('signs that fold into many letters are kept too', async () => {
  const org = await app.organization()
  const long = '\ufdfa'.repeat(180)
  const { status, text } = await org.api.json('POST', '/api/v2/leads', {
    name: long,
    email: 'lena@example.com',
    phone: '\u2152'.repeat(64),
    tags: [long],
    source: long
  })
  expect(status, text).toBe(201)
})

const deep = (levels: number): object => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)

const refusals: [string, object, string[]][] = [
  ['no name', { title: 'A' }, ['name']],
  ['a blank name', { name: ' \t ' }, ['name']],
  ['a name of 192 characters', { name: '😀'.repeat(192) }, ['name']],
  ['a name that is a number', { name: 17 }, ['name']],
  ['NUL', { name: 'a\0b' }, ['name']],
  [
    'a lone surrogate deep inside',
    { name: 'A', chat: { messages: [{ ...message, properties: { a: ['\ud800'] } }] } },
    ['chat.messages.0.properties.a.0']
  ],
  ['what is nested too deep', { name: 'A', chat: { messages: [{ ...message, properties: deep(100) }] } }, ['body']],
  ['an e-mail that is none', { name: 'A', email: 'jane' }, ['email']],
  [
    'unknown references',
    { name: 'A', status_id: 999999, type_id: 999999, source_id: 999999, assigned_id: 999999 },
    ['status_id', 'type_id', 'source_id', 'assigned_id']
  ],
  ['an id of 0', { name: 'A', status_id: 0 }, ['status_id']],
  ['an unknown acting staff member', { name: 'A', staff_id: 999999 }, ['staff_id']],
  ['a source twice', { name: 'A', source: 'Website', source_id: null }, ['source']],
  ['another currency', { name: 'A', value: { amount: '1.00', currency: 'EUR' } }, ['value.currency']],
  ['an amount of three decimals', { name: 'A', value: { amount: '1.001', currency: 'USD' } }, ['value.amount']],
  ['a negative amount', { name: 'A', value: { amount: '-1', currency: 'USD' } }, ['value.amount']],
  ['a tag with a comma', { name: 'A', tags: ['a,b'] }, ['tags.0']],
  ['a day that does not exist', { name: 'A', chat: { started_at: '2024-02-31T00:00:00Z' } }, ['chat.started_at']],
  [
    'a time without a zone',
    { name: 'A', chat: { messages: [{ id: '1', created_at: '2024-02-01T00:00:00' }] } },
    ['chat.messages.0.created_at']
  ],
  ['a year before 1900', { name: 'A', chat: { ended_at: '0024-02-01T00:00:00Z' } }, ['chat.ended_at']],
  ['a latitude beyond the pole', { name: 'A', analytics: { latitude: 91 } }, ['analytics.latitude']],
  [
    'fields that a lead has but nobody sets',
    { name: 'A', id: 5, organization_id: 1, customer_id: 1, created_at: 'x' },
    ['created_at', 'customer_id', 'id', 'organization_id']
  ]
]

test.each(refusals)('%s is 422, names the field and changes nothing', async (_name, body, fields) => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const before = await snapshot(app)
  const created = await org.api.json('POST', '/api/v2/leads', body)
  expect([created.status, created.body.code]).toEqual([422, 'unprocessable'])
  expect(Object.keys(created.body.fields).sort()).toEqual(fields.toSorted())
  if (!fields.includes('name') || 'name' in body) {
    const changed = await change(org, lead.id, body)
    expect([changed.status, Object.keys(changed.body.fields).sort()]).toEqual([422, fields.toSorted()])
  }
  expect(await snapshot(app)).toBe(before)
})

test('a change of nothing is 422', async () => {
  const org = await app.organization()
  const lead = await makeLead(org)
  expect((await change(org, lead.id, {})).status).toBe(422)
})

test('another organization’s ids are refused like unknown ones wherever an id stands, and change nothing', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const [lead, strange] = [await makeLead(org), await makeLead(other)]
  const ids = {
    status_id: (await idsOf(other, 'lead_statuses'))[0],
    type_id: (await idsOf(other, 'lead_types'))[0],
    source_id: (await idsOf(other, 'sources'))[0],
    assigned_id: other.adminId,
    staff_id: other.adminId
  }
  const before = await snapshot(app)
  for (const [field, id] of Object.entries(ids)) {
    for (const [method, path] of [
      ['POST', '/api/v2/leads'],
      ['PATCH', `/api/v2/leads/${lead.id}`]
    ] as const) {
      const stranger = await org.api.json(method, path, { name: 'A', [field]: id })
      const unknown = await org.api.json(method, path, { name: 'A', [field]: 999999 })
      expect(stranger.status, field).toBe(422)
      expect([stranger.status, stranger.text]).toEqual([unknown.status, unknown.text])
    }
  }
  for (const method of ['GET', 'PATCH']) {
    const body = method === 'PATCH' ? { body: '{"name":"A"}', headers: { 'content-type': 'application/json' } } : {}
    const stranger = await org.api.send(method, `/api/v2/leads/${strange.id}`, body)
    const unknown = await org.api.send(method, '/api/v2/leads/999999', body)
    expect([stranger.status, stranger.text]).toEqual([404, unknown.text])
  }
  expect(await snapshot(app)).toBe(before)
  expect(await listed(other)).toEqual(['Lena Lead'])
})

function countOf(organization_id: number, table: 'lead_analytics') {
  return app.app.house.store.reader.kysely
    .selectFrom(table)
    .select(eb => eb.fn.countAll<number>().as('rows'))
    .where('organization_id', '=', organization_id)
    .executeTakeFirstOrThrow()
}
