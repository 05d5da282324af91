import { expect, test } from 'vitest'
import { type Api, snapshot, startApp } from '../testing.ts'

const app = await startApp()

const keys =
  'ticketid adminreplying userid contactid merged_ticket_id email name department priority status service ticketkey subject message admin date project_id lastreply clientread adminread assigned staff_id_replying cc tenant_ticket_id status_id'.split(
    ' '
  )

test('a created ticket is answered with exactly the 25 keys in their order, then the message', async () => {
  const { api } = await app.organization({ timeZone: 'Europe/Berlin' })
  const { status, body, text } = await api.post('/api/v1/ticket/create', { subject: ' Printer ', message: 'On fire' })
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['data', 'message'])
  expect(Object.keys(body.data)).toEqual(keys)
  expect(text.indexOf('"data"')).toBeLessThan(text.indexOf('"message":"success"'))
  expect(body.data).toMatchObject({
    ticketid: '1',
    subject: 'Printer',
    message: 'On fire',
    status: 'Open',
    status_id: '1',
    admin: '0'
  })
  expect(body.data).toMatchObject({
    merged_ticket_id: null,
    service: null,
    lastreply: null,
    staff_id_replying: null,
    cc: null,
    project_id: '0'
  })
  expect(body.data.ticketkey).toMatch(/^[0-9a-f]{32}$/)
})

test('ticket numbers count within the organization', async () => {
  const [one, two] = [await app.organization(), await app.organization()]
  for (const number of ['1', '2']) {
    const { body } = await one.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
    expect(body.data.ticketid).toBe(number)
  }
  const { body } = await two.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
  expect(body.data.ticketid).toBe('1')
})

async function open(api: Api, form: Record<string, string> = {}) {
  const { body } = await api.post('/api/v1/ticket/create', { subject: 'Printer', message: 'On fire', ...form })
  return { id: Number(body.data.tenant_ticket_id), number: body.data.ticketid as string, data: body.data }
}
const details = async (api: Api, number: string) => (await api.get(`/api/v1/ticket/details/${number}`)).body.data
const reply = (api: Api, id: number, body: object) =>
  api.json('POST', `/api/v2/tickets/${id}/replies`, { message: 'Words', ...body })

test('urlencoded and JSON bodies open the same ticket as multipart', async () => {
  const { api } = await app.organization()
  const urlencoded = { body: 'subject=A+b%C3%A9&message=c', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect((await api.send('POST', '/api/v1/ticket/create', urlencoded)).body.data).toMatchObject({ subject: 'A bé', message: 'c' })
  expect((await api.json('POST', '/api/v1/ticket/create', { subject: 'A', message: 17 })).body.data).toMatchObject({
    subject: 'A',
    message: '17'
  })
})

test('times are in the time zone of the organization', async () => {
  const { api } = await app.organization({ timeZone: 'Asia/Kathmandu' })
  const before = Math.floor(Date.now() / 1000) * 1000
  const { data } = await open(api)
  const opened = Date.parse(`${data.date.replace(' ', 'T')}+05:45`)
  expect(data.date).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  expect(opened).toBeGreaterThanOrEqual(before)
  expect(opened).toBeLessThanOrEqual(Date.now())
})

test('a ticket is from the person named, else the acting staff member, else the app', async () => {
  const { api, adminId } = await app.organization()
  const named = await open(api, { name: 'Ann', email: 'ann@example.com', staff_id: String(adminId) })
  expect(named.data).toMatchObject({ name: 'Ann', email: 'ann@example.com', admin: String(adminId), contactid: '0' })
  expect((await open(api, { staff_id: String(adminId) })).data).toMatchObject({ name: 'Admin', admin: String(adminId) })
  expect((await open(api, { staff_id: '0' })).data).toMatchObject({ name: 'First app', email: '', admin: '0' })
})

test('details add replies and attachments, and nothing else', async () => {
  const { api } = await app.organization()
  const { number, id } = await open(api)
  await reply(api, id, { from: 'customer' })
  const ticket = await details(api, number)
  expect(Object.keys(ticket)).toEqual([...keys, 'replies', 'attachments'])
  expect(Object.keys(ticket.replies[0])).toEqual([
    'id',
    'ticketid',
    'userid',
    'contactid',
    'name',
    'email',
    'date',
    'message',
    'attachment',
    'admin'
  ])
})

test('the statuses are the five of the contract', async () => {
  const { api } = await app.organization()
  const { body } = await api.get('/api/v1/ticket/statuses')
  expect(body.data.map(Object.values)).toEqual([
    ['1', 'Open', '1', '#ff2d42', '1'],
    ['2', 'In progress', '1', '#22c55e', '2'],
    ['3', 'Answered', '1', '#2563eb', '3'],
    ['4', 'On Hold', '1', '#64748b', '4'],
    ['5', 'Closed', '1', '#03a9f4', '5']
  ])
  expect(Object.keys(body.data[0])).toEqual(['ticketstatusid', 'name', 'isdefault', 'statuscolor', 'statusorder'])
})

test.each([
  ['staff', 1, undefined, 3],
  ['staff', 5, undefined, 3],
  ['staff', 1, 2, 2],
  ['customer', 1, undefined, 1],
  ['customer', 2, undefined, 2],
  ['customer', 3, undefined, 1],
  ['customer', 4, undefined, 1],
  ['customer', 5, undefined, 1]
])('a reply of %s to status %i, choosing %s, makes it %i', async (from, status, chosen, after) => {
  const { api } = await app.organization()
  const { id, number } = await open(api)
  await api.json('PATCH', `/api/v2/tickets/${id}`, { status_id: status, read_by_staff: true, read_by_customer: true })
  expect(await details(api, number)).toMatchObject({
    status_id: String(status),
    adminread: '1',
    clientread: '1',
    lastreply: null
  })
  expect((await reply(api, id, { from, ...(chosen && { status_id: chosen }) })).status).toBe(201)
  const ticket = await details(api, number)
  expect(ticket).toMatchObject({ status_id: String(after), adminread: '0', clientread: '0' })
  expect(ticket.lastreply).toBe(ticket.replies[0].date)
})

test('one staff member at a time holds the lock of replying', async () => {
  const { api, adminId } = await app.organization()
  const { id, number } = await open(api)
  const other = (await api.post('/api/v1/staff/create', { firstname: 'Bo', lastname: 'Lund', email: 'bo@example.com' })).body.data
    .staffid
  const take = (staff: number | null) => api.json('PATCH', `/api/v2/tickets/${id}`, { replying_staff_id: staff })
  expect((await take(adminId)).status).toBe(200)
  expect((await take(Number(other))).status).toBe(409)
  expect(await details(api, number)).toMatchObject({ staff_id_replying: String(adminId), adminreplying: '1' })
  expect((await reply(api, id, { from: 'staff', staff_id: Number(other) })).status).toBe(409)
  expect((await reply(api, id, { from: 'staff', staff_id: adminId })).status).toBe(201)
  expect(await details(api, number)).toMatchObject({ staff_id_replying: null, adminreplying: '0' })
  expect((await take(Number(other))).status).toBe(200)
})

test('merging moves message, replies and files, closes the source, and replies follow', async () => {
  const { api } = await app.organization()
  const [source, target] = [await open(api, { name: 'Ann', message: 'First words' }), await open(api)]
  const withFile = await api.post('/api/v1/ticket/create', {
    subject: 'A',
    message: 'With file',
    'attachments[]': new File(['x'], 'a.txt')
  })
  await reply(api, source.id, { from: 'customer', message: 'Second words' })
  const merge = (id: number, into: number) => api.json('PUT', `/api/v2/tickets/${id}/merger`, { into_id: into })
  expect((await merge(source.id, target.id)).status).toBe(200)
  await merge(Number(withFile.body.data.tenant_ticket_id), target.id)
  expect(await details(api, source.number)).toMatchObject({
    status: 'Closed',
    merged_ticket_id: target.number,
    replies: [],
    attachments: []
  })
  const later = await reply(api, source.id, { from: 'customer', message: 'Third words' })
  expect(later.body.ticket_id).toBe(target.id)
  const { replies, attachments } = await details(api, target.number)
  expect(replies.map((one: { message: string }) => one.message)).toEqual([
    'First words',
    'With file',
    'Second words',
    'Third words'
  ])
  expect(attachments).toHaveLength(1)
  expect(replies.find((one: { id: string }) => one.id === attachments[0].replyid)).toMatchObject({
    message: 'With file',
    attachment: 'a.txt'
  })
  expect((await merge(source.id, target.id)).status).toBe(409)
  expect((await merge(target.id, target.id)).status).toBe(422)
  expect((await merge(target.id, source.id)).status).toBe(422)
})

test('lists are newest first, in pages, with a total when asked', async () => {
  const { api } = await app.organization()
  for (let i = 0; i < 5; i++) await open(api, { subject: `T${i}` })
  const list = async (query: string) => (await api.get(`/api/v1/ticket/list?${query}`)).body
  const first = await list('limit=2')
  expect(Object.keys(first)).toEqual(['data', 'message', 'meta'])
  expect(first.data.map((row: { subject: string }) => row.subject)).toEqual(['T4', 'T3'])
  expect(Object.keys(first.data[0])).toEqual(keys)
  expect(first.meta).toEqual({ page: 1, limit: 2, has_more: true })
  expect((await list('limit=2&page=3&with_total=1')).meta).toEqual({ page: 3, limit: 2, has_more: false, total: 5 })
  expect((await list('')).meta).toEqual({ page: 1, limit: 100, has_more: false })
})

test('each filter finds what it names, and searching and filtering go together', async () => {
  const { api, adminId } = await app.organization()
  await open(api, { subject: 'Élan printer', priority: '3', assigned: String(adminId), email: 'Ann@Example.com' })
  const plain = await open(api, { subject: 'Other', message: 'nothing here' })
  await api.json('PATCH', `/api/v2/tickets/${plain.id}`, { status_id: 4 })
  const found = async (query: string) => {
    const { body } = await api.get(`/api/v1/ticket/list?with_total=1&${query}`)
    expect(body.meta.total).toBe(body.data.length)
    return body.data.map((row: { ticketid: string }) => row.ticketid).join()
  }
  const today = new Date().toISOString().slice(0, 10)
  const cases: [string, string][] = [
    ['status_id=4', '2'],
    ['priority=3', '1'],
    ['priority=0', '2'],
    [`assigned=${adminId}`, '1'],
    ['assigned=0', '2'],
    ['department=0', '2,1'],
    ['email=ann@example.com', '1'],
    ['search=elan', '1'],
    ['search=PRINT', '1'],
    ['search=ann@example.com', '1'],
    ['search=fire+elan', '1'],
    ['search=fire+nothing', ''],
    ['search=e&status_id=4', ''],
    ['search=nothing&status_id=4', '2'],
    [`start_date=${today}`, '2,1'],
    [`end_date=${today}`, '2,1'],
    ['end_date=2020-01-01', ''],
    ['start_date=2999-01-01', ''],
    ['status_id=999', '']
  ]
  for (const [query, numbers] of cases) expect(await found(query), query).toBe(numbers)
})

test('another organization’s ids answer like ids that do not exist, and nothing is written', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  const ticket = await open(other.api)
  const mine = await open(own.api)
  const unknown = 999_999
  const asks: ((id: number) => Promise<{ status: number; text: string }>)[] = [
    id => own.api.get(`/api/v2/tickets/${id}`),
    id => own.api.json('PATCH', `/api/v2/tickets/${id}`, { status_id: 2 }),
    id => reply(own.api, id, { from: 'staff' }),
    id => own.api.json('PUT', `/api/v2/tickets/${id}/merger`, { into_id: mine.id }),
    id => own.api.json('PUT', `/api/v2/tickets/${mine.id}/merger`, { into_id: id })
  ]
  const before = await snapshot(app)
  for (const ask of asks) {
    const [theirs, nobody] = [await ask(ticket.id), await ask(unknown)]
    expect([theirs.status, theirs.text]).toEqual([nobody.status, nobody.text])
    expect([404, 422]).toContain(theirs.status)
  }
  for (const form of [{ staff_id: other.adminId }, { assigned: other.adminId }]) {
    const send = (value: number) =>
      own.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B', [Object.keys(form)[0] as string]: value })
    expect((await send(Object.values(form)[0] as number)).text).toBe((await send(unknown)).text)
  }
  expect((await own.api.get(`/api/v1/ticket/list?assigned=${other.adminId}`)).body.data).toEqual([])
  expect(await snapshot(app)).toBe(before)
})

test('each change records one event, and positions count without gaps', async () => {
  const { api, ctx } = await app.organization()
  const started = await events(ctx.organization.id)
  const [one, two] = [await open(api), await open(api)]
  await reply(api, one.id, { from: 'staff' })
  await api.json('PATCH', `/api/v2/tickets/${one.id}`, { status_id: 2 })
  await api.json('PATCH', `/api/v2/tickets/${one.id}`, { status_id: 2 })
  await api.json('PATCH', `/api/v2/tickets/${one.id}`, { status_id: 99 })
  await api.json('PUT', `/api/v2/tickets/${one.id}/merger`, { into_id: two.id })
  const all = await events(ctx.organization.id)
  expect(all.slice(started.length).map(event => event.type)).toEqual([
    'ticket.opened',
    'ticket.opened',
    'ticket.replied',
    'ticket.updated',
    'ticket.merged'
  ])
  expect(all.map(event => event.position)).toEqual(all.map((_, index) => index + 1))
})

const events = (organization: number) =>
  app.app.house.store.reader.kysely
    .selectFrom('events')
    .select(['position', 'type'])
    .where('organization_id', '=', organization)
    .orderBy('position')
    .execute()

test('thirty-two at once each get a number and an event of their own', async () => {
  const { api, ctx } = await app.organization()
  const all = await Promise.all(Array.from({ length: 32 }, () => open(api)))
  expect(all.map(({ number }) => Number(number)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 32 }, (_, index) => index + 1)
  )
  const positions = (await events(ctx.organization.id)).map(event => event.position)
  expect(positions).toEqual(positions.map((_, index) => index + 1))
})
