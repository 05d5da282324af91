import { expect, test } from 'vitest'
import { type Answer, type Api, snapshot, startApp, type TestOrganization } from '../testing.ts'

const app = await startApp()

const callKeys =
  'id call_purpose userphone call_summary call_start_time call_end_time call_duration has_follow_up follow_up_schedule is_important is_completed staffid call_with_staffid call_direction direction outcome customer_type clientid contactid dateadded dateupdated recording_url transcript'.split(
    ' '
  )
const detailKeys = [...callKeys, 'contact_name', 'contact_email', 'staff_name']
const v2Keys =
  'id provider_call_id direction phone purpose summary outcome transcript recording_url started_at ended_at duration_seconds lead_id customer_id contact_id contact_name contact_email spoken_by_id staff_name with_staff_id follow_up_at is_important is_completed created_at updated_at'.split(
    ' '
  )

const call = { direction: 'inbound', phone: '+49 30 5550100', started_at: '2024-03-01T10:00:00Z' }

const post = (api: Api, body: object): Promise<Answer> => api.json('POST', '/api/v2/calls', body)
const patch = (api: Api, id: number, body: object): Promise<Answer> => api.json('PATCH', `/api/v2/calls/${id}`, body)

async function logged(api: Api, body: object = {}) {
  const answer = await post(api, { ...call, ...body })
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

async function listed(api: Api, query = ''): Promise<string[]> {
  const answer = await api.get(`/api/v1/call-logs/list?${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body.data.map((row: { id: string }) => row.id)
}

async function lead(api: Api, body: object): Promise<number> {
  const answer = await api.json('POST', '/api/v2/leads', { name: 'Jane Doe', ...body })
  expect(answer.status, answer.text).toBe(201)
  return answer.body.id
}

async function customer(api: Api, body: object) {
  const answer = await api.json('POST', '/api/v2/customers', { name: 'Acme', ...body })
  expect(answer.status, answer.text).toBe(201)
  return answer.body as { id: number; contact: { id: number } }
}

async function member(api: Api, firstname: string, status = '1'): Promise<number> {
  const answer = await api.post('/api/v1/staff/create', { firstname, lastname: 'Doe', email: `${firstname}@example.com`, status })
  expect(answer.status, answer.text).toBe(200)
  return Number(answer.body.data.staffid)
}

const eventsOf = ({ ctx }: TestOrganization) =>
  ctx.db.kysely
    .selectFrom('events')
    .select(['type', 'actor_type', 'actor_id', 'data'])
    .where('organization_id', '=', ctx.organization.id)
    .where('record_type', '=', 'call')
    .orderBy('position')
    .execute()

/** The answer is this refusal of these fields, and changed nothing. */
async function refused(status: number, fields: string[] | undefined, ask: () => Promise<Answer>): Promise<Answer> {
  const before = await snapshot(app)
  const answer = await ask()
  expect(answer.status, answer.text).toBe(status)
  const named = answer.body.fields ?? answer.body.error?.fields
  if (fields) expect(Object.keys(named).sort()).toEqual(fields.toSorted())
  expect(await snapshot(app)).toBe(before)
  return answer
}

test('a logged call is answered in both APIs with exactly their keys in order', async () => {
  const { api, adminId } = await app.organization({ timeZone: 'Europe/Berlin' })
  const { status, body } = await post(api, {
    ...call,
    ended_at: '2024-03-01T11:01:05Z',
    purpose: ' Offer ',
    summary: 'Wants ten',
    outcome: 'answered',
    transcript: 'Hello',
    recording_url: 'https://calls.example.com/1.mp3',
    follow_up_at: '2024-07-01T08:00:00+02:00',
    is_important: true,
    staff_id: adminId
  })
  expect(status).toBe(201)
  expect(Object.keys(body)).toEqual(v2Keys)
  expect(body).toMatchObject({ ...call, started_at: '2024-03-01T10:00:00.000Z', duration_seconds: 3665, spoken_by_id: adminId })
  const details = await api.get(`/api/v1/call-logs/details/${body.id}`)
  expect(details.status).toBe(200)
  expect(Object.keys(details.body)).toEqual(['data', 'message'])
  expect(Object.keys(details.body.data)).toEqual(detailKeys)
  const { dateadded, dateupdated, ...data } = details.body.data
  expect(dateadded).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  expect(dateupdated).toBe(dateadded)
  expect(data).toEqual({
    id: String(body.id),
    call_purpose: 'Offer',
    userphone: '+49 30 5550100',
    call_summary: 'Wants ten',
    call_start_time: '2024-03-01 11:00:00',
    call_end_time: '2024-03-01 12:01:05',
    call_duration: '01:01:05',
    has_follow_up: '1',
    follow_up_schedule: '2024-07-01 08:00:00',
    is_important: '1',
    is_completed: '0',
    staffid: String(adminId),
    call_with_staffid: '0',
    call_direction: '1',
    direction: 'inbound',
    outcome: 'answered',
    customer_type: null,
    clientid: '0',
    contactid: '0',
    recording_url: 'https://calls.example.com/1.mp3',
    transcript: 'Hello',
    contact_name: null,
    contact_email: null,
    staff_name: 'Admin'
  })
  const list = await api.get('/api/v1/call-logs/list')
  expect(list.body.data.map(Object.keys)).toEqual([callKeys])
  expect(details.body.data).toMatchObject(list.body.data[0])
})

test('what a call lacks is null, "0" where it is a reference or a flag', async () => {
  const { api } = await app.organization()
  const { id } = await logged(api, { direction: 'outbound' })
  const { body } = await api.get(`/api/v1/call-logs/details/${id}`)
  expect(body.data).toMatchObject({
    call_direction: '2',
    direction: 'outbound',
    call_end_time: null,
    call_duration: null,
    has_follow_up: '0',
    follow_up_schedule: null,
    call_purpose: null,
    call_summary: null,
    outcome: null,
    transcript: null,
    recording_url: null,
    staffid: '0',
    staff_name: null
  })
})

test('one provider call id is one call: reports add up, whatever their order', async () => {
  const { api, adminId } = await app.organization()
  const other = await member(api, 'ann')
  const reports = [
    { ...call, is_important: true },
    { ...call, started_at: '2024-03-01T10:00:03Z', ended_at: '2024-03-01T10:04:00Z', outcome: 'no answer', staff_id: adminId },
    { ...call, ended_at: '2024-03-01T10:05:00Z', outcome: 'answered', transcript: 'Hello, this is Jane' },
    { transcript: 'Hello', summary: 'Wants ten', with_staff_id: other, follow_up_at: '2024-04-01T10:00:00Z', is_completed: true }
  ]
  const orders = [
    [0, 1, 2, 3],
    [2, 3, 1, 0],
    [1, 0, 3, 2],
    [2, 1, 0, 3]
  ]
  for (const [index, order] of orders.entries()) {
    const provider_call_id = `call-${index}`
    const answers: Answer[] = []
    for (const report of order) answers.push(await post(api, { provider_call_id, ...reports[report] }))
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers[3]?.body).toMatchObject({
      provider_call_id,
      started_at: '2024-03-01T10:00:00.000Z',
      ended_at: '2024-03-01T10:05:00.000Z',
      duration_seconds: 300,
      outcome: 'answered',
      transcript: 'Hello, this is Jane',
      summary: 'Wants ten',
      spoken_by_id: adminId,
      with_staff_id: other,
      follow_up_at: '2024-04-01T10:00:00.000Z',
      is_important: true,
      is_completed: true
    })
  }
})

test('reports that arrive at once make one call', async () => {
  const organization = await app.organization()
  const { api } = organization
  const minutes = Array.from({ length: 20 }, (_, minute) => String(minute + 10))
  const answers = await Promise.all(
    minutes.map(minute =>
      post(api, { ...call, provider_call_id: 'x', ended_at: `2024-03-01T10:${minute}:00Z`, create_lead: true })
    )
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
  expect(await listed(api)).toHaveLength(1)
  const { body } = await api.get('/api/v1/call-logs/list')
  expect(body.data[0]).toMatchObject({ call_end_time: '2024-03-01 10:29:00', customer_type: 'lead' })
  expect((await api.get('/api/v1/leads/list')).body.data).toHaveLength(1)
  expect((await eventsOf(organization)).filter(({ type }) => type === 'call.logged')).toHaveLength(1)
})

test('a report repeated word for word changes nothing and records nothing', async () => {
  const organization = await app.organization()
  const { api } = organization
  const report = { ...call, provider_call_id: 'x', summary: 'Wants ten', ended_at: '2024-03-01T10:05:00Z' }
  const first = await post(api, report)
  const before = await snapshot(app)
  const again = await post(api, report)
  expect(again.status).toBe(200)
  expect(again.body).toEqual(first.body)
  expect(await snapshot(app)).toBe(before)
})

test('a report never takes away: nulls, shorter texts and another number leave what is known', async () => {
  const { api } = await app.organization()
  const full = { purpose: 'Offer', summary: 'Wants ten', outcome: 'answered', recording_url: 'https://calls.example.com/1' }
  const first = await post(api, { ...call, ...full, provider_call_id: 'x', ended_at: '2024-03-01T10:05:00Z', is_important: true })
  const nothing = { purpose: null, summary: '', outcome: 'x', recording_url: null, ended_at: null, is_important: false }
  const { status, body } = await post(api, { ...call, ...nothing, provider_call_id: 'x', phone: '1', direction: 'outbound' })
  expect(status).toBe(200)
  expect(body).toEqual(first.body)
})

test('a withheld number is filled in when a report tells it', async () => {
  const { api } = await app.organization()
  const id = await lead(api, { phone: call.phone })
  const first = await post(api, { ...call, provider_call_id: 'x', phone: 'anonymous' })
  expect(first.body).toMatchObject({ phone: 'anonymous', lead_id: null })
  const { body } = await post(api, { ...call, provider_call_id: 'x' })
  expect(body).toMatchObject({ phone: call.phone, lead_id: id })
  expect(await listed(api, 'userphone=0049305550100')).toEqual([String(body.id)])
})

test('provider call ids of different organizations are different calls', async () => {
  const [one, two] = [await app.organization(), await app.organization()]
  const mine = await post(one.api, { ...call, provider_call_id: 'x', summary: 'Mine' })
  const theirs = await post(two.api, { ...call, provider_call_id: 'x' })
  expect([mine.status, theirs.status]).toEqual([201, 201])
  expect(theirs.body.summary).toBeNull()
})

test('a report on a call that is not known must say direction, number and start', async () => {
  const { api } = await app.organization()
  await refused(422, ['direction', 'phone', 'started_at'], () => post(api, { provider_call_id: 'x', ended_at: call.started_at }))
  await refused(422, ['phone'], () => post(api, { direction: 'inbound', started_at: call.started_at }))
})

test('a call cannot end before it starts', async () => {
  const { api } = await app.organization()
  const ended_at = '2024-03-01T09:59:59Z'
  await refused(422, ['ended_at'], () => post(api, { ...call, ended_at }))
  const { id } = await logged(api, { provider_call_id: 'x' })
  await refused(422, ['ended_at'], () => post(api, { provider_call_id: 'x', ended_at }))
  await refused(422, ['ended_at'], () => patch(api, id, { ended_at }))
  expect((await patch(api, id, { ended_at: call.started_at })).body.duration_seconds).toBe(0)
  await refused(422, ['ended_at'], () => patch(api, id, { started_at: '2024-03-01T10:00:01Z' }))
})

test('a call is that of whom the number belongs to: the newest lead, else a contact, else a customer', async () => {
  const { api } = await app.organization()
  const firm = await customer(api, { phone: '+49 (0)30 5550100', email: 'acme@example.com' })
  expect(await logged(api)).toMatchObject({ lead_id: null, customer_id: firm.id, contact_id: null, contact_name: 'Acme' })
  const contact = { first_name: 'Ann', last_name: 'Lee', email: 'ann@example.com', phone: '0049305550100' }
  const other = await customer(api, { contact })
  expect(await logged(api)).toMatchObject({
    customer_id: other.id,
    contact_id: other.contact.id,
    contact_email: 'ann@example.com'
  })
  await lead(api, { phone: '49305550100' })
  const newest = await lead(api, { phone: '+49305550100', email: 'jane@example.com' })
  const found = await logged(api)
  expect(found).toMatchObject({ lead_id: newest, customer_id: null, contact_id: null })
  expect((await api.get(`/api/v1/call-logs/details/${found.id}`)).body.data).toMatchObject({
    customer_type: 'lead',
    clientid: String(newest),
    contact_name: 'Jane Doe',
    contact_email: 'jane@example.com'
  })
})

test('a person named in the report goes before the owner of the number', async () => {
  const { api } = await app.organization()
  await lead(api, { phone: call.phone })
  const named = await lead(api, {})
  expect(await logged(api, { lead_id: named })).toMatchObject({ lead_id: named })
  const contact = { first_name: 'Ann', last_name: 'Lee', email: 'ann@example.com' }
  const firm = await customer(api, { contact })
  const { id } = await logged(api, { contact_id: firm.contact.id })
  expect((await api.get(`/api/v1/call-logs/details/${id}`)).body.data).toMatchObject({
    customer_type: 'customer',
    clientid: String(firm.id),
    contactid: String(firm.contact.id),
    contact_name: 'Ann Lee'
  })
  const known = await logged(api, { provider_call_id: 'x' })
  expect((await post(api, { provider_call_id: 'x', customer_id: firm.id })).body).toMatchObject({
    id: known.id,
    lead_id: null,
    customer_id: firm.id
  })
})

test('a call is with a lead or with a customer, and a contact is one of its customer', async () => {
  const { api } = await app.organization()
  const lead_id = await lead(api, {})
  const contact = { first_name: 'Ann', last_name: '', email: 'ann@example.com' }
  const [one, two] = [await customer(api, { contact }), await customer(api, { contact })]
  await refused(422, ['lead_id'], () => post(api, { ...call, lead_id, customer_id: one.id }))
  await refused(422, ['lead_id'], () => post(api, { ...call, lead_id, contact_id: one.contact.id }))
  await refused(422, ['contact_id'], () => post(api, { ...call, customer_id: two.id, contact_id: one.contact.id }))
  const { id } = await logged(api, { lead_id })
  const moved = await patch(api, id, { customer_id: one.id, contact_id: one.contact.id })
  expect(moved.body).toMatchObject({ lead_id: null, customer_id: one.id, contact_id: one.contact.id })
  expect((await patch(api, id, { customer_id: two.id })).body).toMatchObject({ customer_id: two.id, contact_id: null })
  expect((await patch(api, id, { customer_id: null })).body).toMatchObject({ lead_id: null, customer_id: null, contact_id: null })
})

test('an unknown number makes a lead only when asked, and one number one lead', async () => {
  const { api } = await app.organization()
  expect(await logged(api)).toMatchObject({ lead_id: null })
  const made = await logged(api, { create_lead: true })
  expect(made).toMatchObject({ lead_id: expect.any(Number), contact_name: call.phone })
  expect((await logged(api, { create_lead: true, phone: '0049305550100' })).lead_id).toBe(made.lead_id)
  expect((await logged(api, { create_lead: true, phone: 'anonymous' })).lead_id).toBeNull()
  const { body } = await api.get(`/api/v1/leads/details/${made.lead_id}`)
  expect(body.data).toMatchObject({ name: call.phone, phonenumber: call.phone, source_name: 'Phone' })
  const known = await logged(api, { phone: '+1 555 0100', provider_call_id: 'x' })
  expect((await post(api, { provider_call_id: 'x', create_lead: true })).body).toMatchObject({
    id: known.id,
    lead_id: expect.any(Number)
  })
})

test('making a lead from a call needs the right to write leads', async () => {
  const { as } = await app.organization()
  const limited = await as('calls:write', 'leads:read')
  const { body } = await refused(403, undefined, () => post(limited, { ...call, create_lead: true }))
  expect(body.message).toContain('leads:write')
  await logged(limited, { create_lead: false })
})

test('who acts is who spoke unless told; only active members of the organization can', async () => {
  const organization = await app.organization()
  const { api, adminId } = organization
  const [ann, gone] = [await member(api, 'ann'), await member(api, 'gone', '0')]
  expect(await logged(api, { staff_id: adminId })).toMatchObject({ spoken_by_id: adminId })
  const { id } = await logged(api, { staff_id: adminId, spoken_by_id: ann })
  expect((await patch(api, id, { staff_id: adminId, is_completed: true })).body).toMatchObject({
    spoken_by_id: ann,
    staff_name: 'ann Doe'
  })
  expect((await patch(api, id, { spoken_by_id: null })).body).toMatchObject({ spoken_by_id: null, staff_name: null })
  expect((await eventsOf(organization)).map(({ actor_type, actor_id }) => [actor_type, actor_id])).toEqual([
    ['staff', adminId],
    ['staff', adminId],
    ['staff', adminId],
    ['app', expect.any(Number)]
  ])
  for (const field of ['staff_id', 'spoken_by_id', 'with_staff_id']) {
    await refused(422, [field], () => post(api, { ...call, [field]: gone }))
    await refused(422, [field], () => patch(api, id, { [field]: gone }))
  }
})

test('ids of another organization answer as unknown ones and change nothing', async () => {
  const [mine, theirs] = [await app.organization(), await app.organization()]
  const contact = { first_name: 'Ann', last_name: '', email: 'ann@example.com' }
  const firm = await customer(theirs.api, { contact, phone: call.phone })
  const strangers: Record<string, number> = {
    lead_id: await lead(theirs.api, { phone: call.phone }),
    customer_id: firm.id,
    contact_id: firm.contact.id,
    spoken_by_id: theirs.adminId,
    with_staff_id: theirs.adminId,
    staff_id: theirs.adminId
  }
  const stranger = await logged(theirs.api, { staff_id: theirs.adminId, summary: 'Secret' })
  const own = await logged(mine.api)
  expect(own).toMatchObject({ lead_id: null, customer_id: null })
  for (const [field, id] of Object.entries(strangers)) {
    const unknown = await refused(422, [field], () => post(mine.api, { ...call, [field]: 999_999_999 }))
    expect((await refused(422, [field], () => post(mine.api, { ...call, [field]: id }))).text).toBe(unknown.text)
    expect((await refused(422, [field], () => patch(mine.api, own.id, { [field]: id }))).text).toBe(unknown.text)
  }
  for (const path of ['/api/v1/call-logs/details/', '/api/v2/calls/']) {
    const unknown = await refused(404, undefined, () => mine.api.get(`${path}999999999`))
    expect((await refused(404, undefined, () => mine.api.get(path + stranger.id))).text).toBe(unknown.text)
  }
  await refused(404, undefined, () => patch(mine.api, stranger.id, { summary: 'Mine' }))
  expect(await listed(mine.api)).toEqual([String(own.id)])
  for (const query of [`staff_id=${theirs.adminId}`, `lead_id=${strangers.lead_id}`, 'search=Secret'])
    expect(await listed(mine.api, query)).toEqual([])
})

test.each([
  ['direction', 'sideways'],
  ['direction', null],
  ['phone', ' '],
  ['phone', 'x'.repeat(65)],
  ['phone', 17],
  ['started_at', '2024-03-01 10:00:00'],
  ['started_at', '2024-02-30T10:00:00Z'],
  ['started_at', null],
  ['ended_at', 'soon'],
  ['follow_up_at', '2024-03-01'],
  ['purpose', 'x'.repeat(192)],
  ['transcript', 'x'.repeat(262_145)],
  ['recording_url', 'javascript:alert(1)'],
  ['recording_url', 'ftp://calls.example.com/1.mp3'],
  ['recording_url', 'https://calls.example.com/a b'],
  ['recording_url', 'https://'],
  ['recording_url', '//calls.example.com/1.mp3'],
  ['lead_id', 0],
  ['lead_id', '1'],
  ['is_important', 1],
  ['create_lead', 'true'],
  ['provider_call_id', ''],
  ['provider_call_id', 'x'.repeat(192)],
  ['summary', 'a\0b'],
  ['colour', 'red'],
  ['phone_digits', '1'],
  ['organization_id', 1]
])('%s as %j is 422 and named', async (field, value) => {
  const { api } = await app.organization()
  await refused(422, [field], () => post(api, { ...call, [field]: value }))
})

test('texts are kept as sent, up to their longest, in every script', async () => {
  const { api } = await app.organization()
  const texts = { purpose: '😀'.repeat(191), summary: 'Ünï 你好 مرحبا\n"=1+1"', phone: '⒇'.repeat(64) }
  const { id } = await logged(api, texts)
  expect((await api.get(`/api/v2/calls/${id}`)).body).toMatchObject(texts)
})

test('a change touches only what it names; null and "" clear', async () => {
  const organization = await app.organization()
  const { api } = organization
  const { id, updated_at, ...before } = await logged(api, {
    summary: 'Wants ten',
    purpose: 'Offer',
    follow_up_at: call.started_at
  })
  const { status, body } = await patch(api, id, { summary: '', follow_up_at: null, is_completed: true, phone: ' 030 / 1 ' })
  expect(status).toBe(200)
  expect(body).toEqual({
    ...before,
    id,
    updated_at: body.updated_at,
    summary: null,
    follow_up_at: null,
    is_completed: true,
    phone: '030 / 1'
  })
  expect(await listed(api, 'userphone=0301')).toEqual([String(id)])
  expect(await listed(api, 'search=ten')).toEqual([])
  expect(await listed(api, 'search=offer')).toEqual([String(id)])
  const [, change] = await eventsOf(organization)
  expect(change?.type).toBe('call.updated')
  expect(JSON.parse(change?.data ?? '')).toEqual({
    phone: [call.phone, '030 / 1'],
    summary: true,
    follow_up_at: [Date.parse(call.started_at), null],
    is_completed: [0, 1]
  })
  await refused(422, ['body'], () => patch(api, id, {}))
  await refused(422, ['provider_call_id'], () => patch(api, id, { provider_call_id: 'x' }))
  const same = await snapshot(app)
  expect((await patch(api, id, { purpose: 'Offer' })).status).toBe(200)
  expect(await snapshot(app)).toBe(same)
})

test('the list shows the last begun first, whole and in pages', async () => {
  const { api } = await app.organization()
  const hours = ['12', '09', '15', '09']
  const ids: number[] = []
  for (const hour of hours) ids.push((await logged(api, { started_at: `2024-03-01T${hour}:00:00Z` })).id)
  const order = [ids[2], ids[0], ids[3], ids[1]].map(String)
  expect(await listed(api)).toEqual(order)
  expect([...(await listed(api, 'limit=3')), ...(await listed(api, 'limit=3&page=2'))]).toEqual(order)
  const { body } = await api.get('/api/v1/call-logs/list?limit=1&with_total=1')
  expect(body.meta).toEqual({ page: 1, limit: 1, has_more: true, total: 4 })
})

test('each filter finds exactly its calls', async () => {
  const { api, adminId } = await app.organization()
  const lead_id = await lead(api, {})
  const [plain, out, mine, theirs] = [
    await logged(api, { phone: '+1 555 0100', summary: 'Asks for a zebra' }),
    await logged(api, { direction: 'outbound', phone: '+1 555 0101', transcript: 'The zebra is late' }),
    await logged(api, { staff_id: adminId, phone: '555 0102', outcome: 'Voicemail' }),
    await logged(api, { lead_id, phone: '00 1 555 0103', purpose: 'Rückruf' })
  ].map(({ id }) => String(id))
  const all = [theirs, mine, out, plain]
  const expected: [string, (string | undefined)[]][] = [
    ['', all],
    ['call_direction=1', [theirs, mine, plain]],
    ['call_direction=2', [out]],
    [`staff_id=${adminId}`, [mine]],
    ['staff_id=0', [theirs, out, plain]],
    [`lead_id=${lead_id}`, [theirs]],
    ['lead_id=0', [mine, out, plain]],
    [`lead_id=${lead_id}&call_direction=2`, []],
    ['userphone=%2B1-555-0103', [theirs]],
    ['userphone=0015550101', [out]],
    ['userphone=5550103', []],
    ['search=zebra', [out, plain]],
    ['search=ZEBRA+late', [out]],
    ['search=ruckruf', [theirs]],
    ['search=voice', [mine]],
    ['search=5550101', [out]],
    ['search=zebra&call_direction=1&with_total=1', [plain]]
  ]
  for (const [query, ids] of expected) expect(await listed(api, query), query).toEqual(ids)
  for (const [query, field] of [
    ['call_direction=3', 'call_direction'],
    ['userphone=abc', 'userphone'],
    ['staff_id=x', 'staff_id'],
    ['colour=1', 'colour']
  ] as const)
    await refused(400, [field], () => api.get(`/api/v1/call-logs/list?${query}`))
})

test('days begin and end in the time zone of the organization, on the days of 23 hours too', async () => {
  const { api } = await app.organization({ timeZone: 'Europe/Berlin' })
  const times = ['2024-03-30T22:59:59Z', '2024-03-30T23:00:00Z', '2024-03-31T21:59:59Z', '2024-03-31T22:00:00Z']
  const ids: string[] = []
  for (const started_at of times) ids.push(String((await logged(api, { started_at })).id))
  expect(await listed(api, 'start_date=2024-03-31&end_date=2024-03-31')).toEqual([ids[2], ids[1]])
  expect(await listed(api, 'start_date=2024-04-01')).toEqual([ids[3]])
  expect(await listed(api, 'end_date=30-03-2024')).toEqual([ids[0]])
})

test('reading needs calls:read, writing calls:write', async () => {
  const { api, as } = await app.organization()
  const { id } = await logged(api)
  const [reader, writer] = [await as('calls:read'), await as('calls:write')]
  await refused(403, undefined, () => post(reader, call))
  await refused(403, undefined, () => patch(reader, id, { summary: 'x' }))
  await refused(403, undefined, () => writer.get('/api/v1/call-logs/list'))
  await refused(403, undefined, () => writer.get(`/api/v2/calls/${id}`))
  expect((await reader.get(`/api/v1/call-logs/details/${id}`)).status).toBe(200)
})
