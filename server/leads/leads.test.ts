import { expect, test } from 'vitest'
import { makeLead, makeStaff, snapshot, startApp } from '../testing.ts'
import { change, details, idsOf, listed } from './leads.testing.ts'

const app = await startApp()

const listKeys =
  'id name title company phonenumber email status date chat_id assigned is_public chat chat_date lead_type assigned_to color'.split(
    ' '
  )
const detailKeys = [
  ...listKeys,
  ...'description country zip city state address website source source_name lastcontact dateassigned last_status_change'.split(
    ' '
  ),
  ...'lead_value tags lost junk date_converted client_id addedfrom notes_count attachment_count'.split(' ')
]
const summaryKeys = [...listKeys, 'analytics', 'notes_count', 'attachment_count']
const analyticsKeys = 'source analytics browser source_url ip chat_start_time chat_end_time chat'.split(' ')

const whole = {
  ...{ name: 'Lena Lead', title: 'Buyer', company: 'Example Ltd', email: 'Lena@Example.com', phone: '+49 (0)30 1234' },
  ...{ description: 'Met at "the" fair', address: 'Road 1', city: 'Berlin', state: 'BE', zip: '10115', country: 'DE' },
  ...{ website: 'https://example.com', is_public: true, value: { amount: '1250.5', currency: 'USD' }, tags: ['Fair', 'big'] }
}

test('a lead with everything is listed, detailed and summed up with the keys of the contract in their order', async () => {
  const org = await app.organization()
  const [status] = await idsOf(org, 'lead_statuses')
  const [type] = await idsOf(org, 'lead_types')
  const [source] = await idsOf(org, 'sources')
  const ids = { status_id: status, type_id: type, source_id: source, assigned_id: org.adminId, staff_id: org.adminId }
  const chat = { id: 'C-1', started_at: '2024-08-09T16:42:35Z', messages: [] }
  const lead = await makeLead(org, { ...whole, ...ids, chat })
  const row = {
    ...{ id: String(lead.id), name: 'Lena Lead', title: 'Buyer', company: 'Example Ltd', phonenumber: '+49 (0)30 1234' },
    ...{
      email: 'Lena@Example.com',
      status: 'New',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      chat_id: 'C-1'
    },
    ...{ assigned: String(org.adminId), is_public: '1', chat: '1', chat_date: '2024-08-09 16:42:35', lead_type: 'Sales' },
    ...{ assigned_to: 'Admin', color: '#84CC16' }
  }
  const { body: list } = await org.api.get('/api/v1/leads/list')
  expect(list).toEqual({ data: [row], message: 'success', meta: { page: 1, limit: 100, has_more: false } })
  expect(Object.keys(list.data[0])).toEqual(listKeys)
  const detailed = await details(org, lead.id)
  expect(Object.keys(detailed)).toEqual(detailKeys)
  expect(detailed).toEqual({
    ...row,
    ...{ description: 'Met at "the" fair', country: 'DE', zip: '10115', city: 'Berlin', state: 'BE', address: 'Road 1' },
    ...{
      website: 'https://example.com',
      source: String(source),
      source_name: 'Website',
      lastcontact: null,
      dateassigned: row.date
    },
    ...{ last_status_change: null, lead_value: '1250.50', tags: ['big', 'Fair'], lost: '0', junk: '0', date_converted: null },
    ...{ client_id: '0', addedfrom: String(org.adminId), notes_count: 0, attachment_count: 0 }
  })
  const { body: summary } = await org.api.get(`/api/v1/leads/summary/${lead.id}`)
  expect(Object.keys(summary)).toEqual(['data', 'message'])
  expect(Object.keys(summary.data)).toEqual(summaryKeys)
  expect(summary.data).toMatchObject({ ...row, notes_count: 0, attachment_count: 0 })
  expect(Object.keys(summary.data.analytics)).toEqual(analyticsKeys)
})

test('a lead of which nothing is known but the name has nulls and "0"s', async () => {
  const org = await app.organization()
  const lead = await makeLead(org, { name: 'Lena', email: '', phone: null, city: '  ' })
  const detailed = await details(org, lead.id)
  const unknown =
    'title company phonenumber email status chat_id chat_date lead_type assigned_to color description country zip city state address website source_name lastcontact dateassigned last_status_change lead_value date_converted'
  for (const key of unknown.split(' ')) expect(detailed[key], key).toBeNull()
  for (const key of 'assigned is_public chat source lost junk client_id addedfrom'.split(' '))
    expect(detailed[key], key).toBe('0')
  expect(detailed.tags).toEqual([])
  const { body } = await org.api.get(`/api/v1/leads/summary/${lead.id}`)
  expect(body.data.analytics).toBeNull()
})

test('the summary tells chat and analytics as JSON texts, chat times with microseconds', async () => {
  const org = await app.organization({ timeZone: 'Asia/Tokyo' })
  const message = {
    id: 'm1',
    visibility: 'all',
    type: 'message',
    properties: { a: { b: 1 } },
    text: 'Hello "you"',
    author_id: 'x'
  }
  const { id } = await makeLead(org, {
    chat: {
      ...{ id: 'C-1', started_at: '2024-08-09T16:42:35.5+02:00', ended_at: '2024-08-09T14:50:00Z' },
      messages: [
        { ...message, created_at: '2024-08-09T14:42:36.123456Z' },
        { id: 'm2', created_at: '2024-08-09T14:43:00Z' }
      ]
    },
    analytics: {
      source: 'google',
      browser: 'Firefox',
      source_url: 'https://example.com/a',
      ip: '203.0.113.7',
      city: 'Berlin',
      latitude: 52.5,
      longitude: -13.25
    }
  })
  const { analytics, chat_date } = (await org.api.get(`/api/v1/leads/summary/${id}`)).body.data
  expect(chat_date).toBe('2024-08-09 23:42:35')
  expect(analytics).toMatchObject({
    source: 'google',
    browser: 'Firefox',
    source_url: 'https://example.com/a',
    ip: '203.0.113.7'
  })
  expect(analytics).toMatchObject({
    chat_start_time: '2024-08-09T14:42:35.500000Z',
    chat_end_time: '2024-08-09T14:50:00.000000Z'
  })
  const place = {
    city: 'Berlin',
    country: null,
    country_code: null,
    latitude: 52.5,
    longitude: -13.25,
    region: null,
    timezone: null
  }
  expect(analytics.analytics).toBe(JSON.stringify(place))
  const [first, second] = JSON.parse(analytics.chat)
  expect(first).toEqual({ ...message, created_at: '2024-08-09T14:42:36.123000Z' })
  expect(Object.keys(first)).toEqual(['id', 'created_at', 'visibility', 'type', 'properties', 'text', 'author_id'])
  expect(second).toEqual({
    id: 'm2',
    created_at: '2024-08-09T14:43:00.000000Z',
    visibility: null,
    type: null,
    properties: {},
    text: null,
    author_id: null
  })
})

test('chat alone and analytics alone are both told with all their keys', async () => {
  const org = await app.organization()
  const summary = async (fields: Record<string, unknown>) => {
    const { id } = await makeLead(org, fields)
    return (await org.api.get(`/api/v1/leads/summary/${id}`)).body.data
  }
  const chatted = await summary({ chat: {} })
  expect(Object.keys(chatted.analytics)).toEqual(analyticsKeys)
  expect(chatted).toMatchObject({
    chat: '1',
    chat_id: null,
    chat_date: null,
    analytics: { chat: '[]', chat_start_time: null, source: null }
  })
  expect(Object.values(JSON.parse(chatted.analytics.analytics))).toEqual([null, null, null, null, null, null, null])
  expect(await summary({ analytics: { ip: '203.0.113.7' } })).toMatchObject({
    chat: '0',
    analytics: { chat: '[]', ip: '203.0.113.7' }
  })
})

test('an unknown lead, another organization’s too, is 404 with the same answer', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const { id } = await makeLead(other)
  for (const path of ['details', 'summary', 'notes/list', 'files']) {
    const unknown = await org.api.get(`/api/v1/leads/${path}/999999`)
    expect(unknown.status, path).toBe(404)
    const strange = await org.api.get(`/api/v1/leads/${path}/${id}`)
    expect([strange.status, strange.text]).toEqual([unknown.status, unknown.text])
    expect((await org.api.get(`/api/v1/leads/${path}/x`)).status, path).toBe(400)
  }
})

test('the list is newest first and comes in pages', async () => {
  const org = await app.organization()
  for (const name of ['A', 'B', 'C']) await makeLead(org, { name })
  expect(await listed(org)).toEqual(['C', 'B', 'A'])
  expect(await listed(org, 'limit=2&page=2')).toEqual(['A'])
  const { body } = await org.api.get('/api/v1/leads/list?limit=2&with_total=1')
  expect(body.meta).toEqual({ page: 1, limit: 2, has_more: true, total: 3 })
})

test('the list goes by status, type, source, staff member and whether it is public; "0" asks for those without', async () => {
  const org = await app.organization()
  const [status] = await idsOf(org, 'lead_statuses')
  const [type] = await idsOf(org, 'lead_types')
  const [source] = await idsOf(org, 'sources')
  await makeLead(org, { name: 'Bare' })
  await makeLead(org, {
    name: 'Full',
    status_id: status,
    type_id: type,
    source_id: source,
    assigned_id: org.adminId,
    is_public: true
  })
  await makeLead(org, { name: 'Lost', status_id: status, is_lost: true })
  await makeLead(org, { name: 'Junk', status_id: status, is_junk: true })
  expect(await listed(org, `status=${status}`)).toEqual(['Junk', 'Lost', 'Full'])
  expect(await listed(org, 'status=0')).toEqual(['Bare'])
  for (const [filter, id] of Object.entries({ lead_type: type, source, assigned: org.adminId })) {
    expect(await listed(org, `${filter}=${id}`), filter).toEqual(['Full'])
    expect(await listed(org, `${filter}=0`), filter).toEqual(['Junk', 'Lost', 'Bare'])
    expect(await listed(org, `${filter}=999999`), filter).toEqual([])
    expect(await listed(org, `${filter}=`), filter).toHaveLength(4)
  }
  expect(await listed(org, 'is_public=1')).toEqual(['Full'])
  expect(await listed(org, 'is_public=0')).toEqual(['Junk', 'Lost', 'Bare'])
  expect(await listed(org, `status=${status}&source=${source}&assigned=${org.adminId}`)).toEqual(['Full'])
})

test('another organization’s ids in filters find nothing, and its leads are never listed', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const [status, type, source] = [
    await idsOf(other, 'lead_statuses'),
    await idsOf(other, 'lead_types'),
    await idsOf(other, 'sources')
  ]
  await makeLead(other, {
    status_id: status[0],
    type_id: type[0],
    source_id: source[0],
    assigned_id: other.adminId,
    name: 'Stranger'
  })
  await makeLead(org, { name: 'Own' })
  for (const query of [
    `status=${status[0]}`,
    `lead_type=${type[0]}`,
    `source=${source[0]}`,
    `assigned=${other.adminId}`,
    'search=stranger'
  ])
    expect(await listed(org, query), query).toEqual([])
  expect(await listed(org)).toEqual(['Own'])
})

test('the list goes by days of the organization’s time zone', async () => {
  const org = await app.organization({ timeZone: 'Pacific/Kiritimati' })
  const { date } = await details(org, (await makeLead(org)).id)
  const day = String(date).slice(0, 10)
  const beside = (days: number): string => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
  expect(await listed(org, `start_date=${day}&end_date=${day}`)).toHaveLength(1)
  expect(await listed(org, `start_date=${beside(1)}`)).toEqual([])
  expect(await listed(org, `end_date=${beside(-1)}`)).toEqual([])
})

test('search finds words, beginnings, accents, tags and any digits of the phone, and after a change the new ones only', async () => {
  const org = await app.organization()
  const { id } = await makeLead(org, { ...whole, name: 'Léna Müller' })
  await makeLead(org, { name: 'Somebody else', phone: '+49 30 99' })
  for (const words of ['lena', 'MULL', 'buyer', 'example ltd', 'lena@example', 'berlin', 'fair', '301234', '0301234', '1234'])
    expect(await listed(org, `search=${encodeURIComponent(words)}`), words).toEqual(['Léna Müller'])
  await change(org, id, { name: 'Nora', phone: '555 0199', tags: ['small'], city: null })
  for (const words of ['lena mull', '301234', 'berlin', 'big'])
    expect(await listed(org, `search=${encodeURIComponent(words)}`), words).toEqual([])
  for (const words of ['nora', '5550199', 'small']) expect(await listed(org, `search=${words}`), words).toEqual(['Nora'])
})

test('types are the three to begin with', async () => {
  const org = await app.organization()
  const ids = await idsOf(org, 'lead_types')
  const { body } = await org.api.get('/api/v1/leads/types')
  expect(body).toEqual({
    data: ['Sales', 'Support', 'Other'].map((name, index) => ({ id: String(ids[index]), name })),
    message: 'success'
  })
  expect(Object.keys(body.data[0])).toEqual(['id', 'name'])
})

test('nobody with other rights reads or enters leads', async () => {
  const org = await app.organization()
  const { id } = await makeLead(org)
  const [reader, writer] = [await org.as('leads:read'), await org.as('leads:write')]
  const before = await snapshot(app)
  expect((await reader.json('POST', '/api/v2/leads', { name: 'A' })).status).toBe(403)
  expect((await reader.post('/api/v1/leads/notes/create', { lead_id: id, description: 'A' })).status).toBe(403)
  expect((await writer.get(`/api/v1/leads/details/${id}`)).status).toBe(403)
  expect((await writer.get(`/api/v2/leads/${id}`)).status).toBe(403)
  expect(await snapshot(app)).toBe(before)
})

test('the staff member’s full name is told', async () => {
  const org = await app.organization()
  const member = await makeStaff(org, { firstname: 'Ann', lastname: 'Lee' })
  const { id } = await makeLead(org, { assigned_id: Number(member.staffid) })
  expect(await details(org, id)).toMatchObject({ assigned: member.staffid, assigned_to: 'Ann Lee' })
})
