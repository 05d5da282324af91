import { expect, test } from 'vitest'
import { makeStaff, snapshot, startApp, type TestOrganization } from '../testing.ts'
import { customerByPhone } from './queries.ts'

const app = await startApp()

const contact = { first_name: ' Jane ', last_name: 'Doe', email: ' jane@example.com ', phone: '+1 555 0100' }
const create = ({ api }: TestOrganization, body: unknown) => api.json('POST', '/api/v2/customers', body)

test('a created customer is answered with its primary contact, and so it is read', async () => {
  const org = await app.organization()
  const made = await create(org, { name: ' Acme ', email: 'office@example.com', phone: '030 1234', contact })
  expect(made.status).toBe(201)
  expect(Object.keys(made.body)).toEqual(['id', 'name', 'email', 'phone', 'created_at', 'contact'])
  expect(Object.keys(made.body.contact)).toEqual(['id', 'first_name', 'last_name', 'email', 'phone', 'created_at'])
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(made.body).toEqual({
    ...{ id: expect.any(Number), name: 'Acme', email: 'office@example.com', phone: '030 1234', created_at: time },
    contact: { id: expect.any(Number), ...contact, first_name: 'Jane', email: 'jane@example.com', created_at: time }
  })
  const read = await org.api.get(`/api/v2/customers/${made.body.id}`)
  expect([read.status, read.text]).toEqual([200, made.text])
})

test('a customer may have a name only', async () => {
  const org = await app.organization()
  const { body } = await create(org, { name: 'Acme', email: '', phone: null })
  expect(body).toMatchObject({ name: 'Acme', email: null, phone: null, contact: null })
  const { body: bare } = await create(org, { name: 'Acme', contact: { first_name: 'J', last_name: '', email: 'j@example.com' } })
  expect(bare.contact).toMatchObject({ last_name: '', phone: null })
})

test('create refuses what is missing, unknown or cannot be taken, names it and keeps nothing', async () => {
  const org = await app.organization()
  const before = await snapshot(app)
  const refused: [unknown, string[]][] = [
    [{}, ['name']],
    [{ name: ' ' }, ['name']],
    [{ name: 'A'.repeat(192) }, ['name']],
    [{ name: 'Acme', email: 'nobody' }, ['email']],
    [{ name: 'Acme', phone: '1'.repeat(65) }, ['phone']],
    [{ name: 'Acme', phone: 'a\0b' }, ['phone']],
    [{ name: 'Acme', organization_id: 1, id: 7 }, ['id', 'organization_id']],
    [{ name: 'Acme', contact: { ...contact, email: '' } }, ['contact.email']],
    [{ name: 'Acme', contact: { ...contact, email: 'a b@example.com' } }, ['contact.email']],
    [{ name: 'Acme', contact: { ...contact, is_primary: true } }, ['contact.is_primary']],
    [{ name: 'Acme', contact: {} }, ['contact.email', 'contact.first_name', 'contact.last_name']],
    [{ name: 'Acme', staff_id: 999999 }, ['staff_id']]
  ]
  for (const [body, fields] of refused) {
    const answer = await create(org, body)
    expect([answer.status, answer.body.code, Object.keys(answer.body.fields).sort()]).toEqual([422, 'unprocessable', fields])
  }
  expect(await snapshot(app)).toBe(before)
})

test('a customer or staff member of another organization is as unknown as one that does not exist', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const { body: stranger } = await create(other, { name: 'Strange', contact })
  const { staffid } = await makeStaff(other)
  const before = await snapshot(app)
  const [foreign, unknown] = await Promise.all([stranger.id, 999999].map(id => org.api.get(`/api/v2/customers/${id}`)))
  expect([foreign?.status, foreign?.body.code]).toEqual([404, 'not_found'])
  expect(foreign?.text).toBe(unknown?.text)
  const acting = await Promise.all([Number(staffid), 999999].map(staff_id => create(org, { name: 'Acme', staff_id })))
  expect(acting[0]?.status).toBe(422)
  expect(acting[0]?.text).toBe(acting[1]?.text)
  expect(await snapshot(app)).toBe(before)
})

test('reading needs customers:read and creating customers:write', async () => {
  const org = await app.organization()
  const { body } = await create(org, { name: 'Acme' })
  const reader = await org.as('customers:read', 'staff:admin')
  const writer = await org.as('customers:write')
  const before = await snapshot(app)
  expect((await reader.json('POST', '/api/v2/customers', { name: 'B' })).status).toBe(403)
  expect((await writer.get(`/api/v2/customers/${body.id}`)).status).toBe(403)
  expect(await snapshot(app)).toBe(before)
  expect((await reader.get(`/api/v2/customers/${body.id}`)).status).toBe(200)
  expect((await writer.json('POST', '/api/v2/customers', { name: 'B' })).status).toBe(201)
})

test('a created customer is one event, by whom', async () => {
  const org = await app.organization()
  const { body } = await create(org, { name: 'Acme', contact, staff_id: org.adminId })
  const events = await org.ctx.db.kysely
    .selectFrom('events')
    .select(['type', 'record_id', 'actor_type', 'actor_id', 'data'])
    .where('organization_id', '=', org.id)
    .where('record_type', 'in', ['customer', 'contact'])
    .execute()
  expect(events).toEqual([
    { type: 'customer.created', record_id: body.id, actor_type: 'staff', actor_id: org.adminId, data: '{"name":"Acme"}' }
  ])
})

test('a phone number finds its contact first, then its firm, the older one, in its own organization only', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const { body: firm } = await create(org, { name: 'Firm', phone: '+1 (555) 0100' })
  await create(org, { name: 'Later firm', phone: '0015550100' })
  expect(await customerByPhone(org.ctx, '15550100')).toEqual({ customer_id: firm.id, contact_id: null })
  const { body: person } = await create(org, { name: 'Person', contact })
  await create(org, { name: 'Namesake', contact })
  expect(await customerByPhone(org.ctx, '15550100')).toEqual({ customer_id: person.id, contact_id: person.contact.id })
  expect(await customerByPhone(org.ctx, '5550100')).toBeUndefined()
  await create(org, { name: 'Speechless', phone: 'ask us' })
  expect(await customerByPhone(org.ctx, '')).toBeUndefined()
  expect(await customerByPhone(other.ctx, '15550100')).toBeUndefined()
})

test('a phone of signs that grow into more digits than a number can have is taken', async () => {
  const org = await app.organization()
  expect((await create(org, { name: 'Acme', phone: '⑽'.repeat(64) })).status).toBe(201)
})
