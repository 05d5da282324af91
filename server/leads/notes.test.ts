import { expect, test } from 'vitest'
import { makeLead, makeStaff, snapshot, startApp, type TestOrganization } from '../testing.ts'
import { details, events } from './leads.testing.ts'

const app = await startApp()

const keys = ['id', 'rel_id', 'rel_type', 'description', 'date_contacted', 'addedfrom', 'dateadded', 'firstname', 'lastname']
const add = ({ api }: TestOrganization, lead: { id: number }, fields: Record<string, string | number> = {}) =>
  api.post('/api/v1/leads/notes/create', { lead_id: lead.id, description: 'Called', ...fields })

test('a note has the nine keys in their order, in create, detail, list and update', async () => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const { staffid } = await makeStaff(org, { firstname: 'Ann', lastname: 'Lee' })
  const created = await add(org, lead, {
    description: ' Wants "more" ',
    staff_id: staffid,
    date_contacted: '2024-08-09 16:42:35'
  })
  expect([created.status, Object.keys(created.body), created.body.message]).toEqual([200, ['data', 'message'], 'success'])
  expect(Object.keys(created.body.data)).toEqual(keys)
  const note = {
    ...{ id: expect.stringMatching(/^[1-9]\d*$/), rel_id: String(lead.id), rel_type: 'lead', description: 'Wants "more"' },
    ...{ date_contacted: '2024-08-09 16:42:35', addedfrom: staffid, firstname: 'Ann', lastname: 'Lee' },
    dateadded: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  }
  expect(created.body.data).toEqual(note)
  const { id } = created.body.data
  expect((await org.api.get(`/api/v1/leads/notes/details/${id}`)).text).toBe(created.text)
  const { body } = await org.api.get(`/api/v1/leads/notes/list/${lead.id}`)
  expect(body).toEqual({ data: [created.body.data], message: 'success', meta: { page: 1, limit: 100, has_more: false } })
  expect(Object.keys(body.data[0])).toEqual(keys)
  const updated = await org.api.put(`/api/v1/leads/notes/update/${id}`, { description: 'Less', staff_id: org.adminId })
  expect(updated.body.data).toEqual({ ...created.body.data, description: 'Less' })
  expect(Object.keys(updated.body.data)).toEqual(keys)
})

test('a note of the app itself has no author', async () => {
  const org = await app.organization()
  const { body } = await add(org, await makeLead(org))
  expect(body.data).toMatchObject({ addedfrom: '0', firstname: null, lastname: null, date_contacted: null })
})

test('notes are newest first, in pages, of their own lead only, and counted in the lead', async () => {
  const org = await app.organization()
  const [lead, other] = [await makeLead(org), await makeLead(org)]
  for (const description of ['A', 'B', 'C']) await add(org, lead, { description })
  await add(org, other, { description: 'Other' })
  const { body } = await org.api.get(`/api/v1/leads/notes/list/${lead.id}?limit=2&with_total=1`)
  expect(body.data.map((note: { description: string }) => note.description)).toEqual(['C', 'B'])
  expect(body.meta).toEqual({ page: 1, limit: 2, has_more: true, total: 3 })
  expect(await details(org, lead.id)).toMatchObject({ notes_count: 3 })
})

test('date_contacted, a time or a day in the organization’s time zone, becomes the lead’s last contact', async () => {
  const org = await app.organization({ timeZone: 'Asia/Tokyo' })
  const lead = await makeLead(org)
  await add(org, lead, { date_contacted: '2024-08-09 16:42:35' })
  expect(await details(org, lead.id)).toMatchObject({ lastcontact: '2024-08-09 16:42:35' })
  expect((await org.api.get(`/api/v2/leads/${lead.id}`)).body.last_contact_at).toBe('2024-08-09T07:42:35.000Z')
  await add(org, lead, { date_contacted: '2024-08-10' })
  expect(await details(org, lead.id)).toMatchObject({ lastcontact: '2024-08-10 00:00:00' })
  await add(org, lead)
  expect(await details(org, lead.id)).toMatchObject({ lastcontact: '2024-08-10 00:00:00' })
})

test('adding and changing a note are events of the lead, without the words', async () => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const { id } = (await add(org, lead, { staff_id: org.adminId })).body.data
  for (const description of ['Other', 'Other']) await org.api.put(`/api/v1/leads/notes/update/${id}`, { description })
  const told = (await events(org)).map(({ type, record_id, data, actor_type }) => [type, record_id, data, actor_type])
  expect(told.slice(1)).toEqual([
    ['lead.note_added', lead.id, { note_id: Number(id) }, 'staff'],
    ['lead.note_updated', lead.id, { note_id: Number(id) }, 'app']
  ])
})

test.each<[string, Record<string, string>, string[]]>([
  ['nothing at all', { lead_id: '', description: '' }, ['description', 'lead_id']],
  ['a blank description', { description: ' \t ' }, ['description']],
  ['a description of 65,537 characters', { description: 'x'.repeat(65_537) }, ['description']],
  ['an unknown lead', { lead_id: '999999' }, ['lead_id']],
  ['a lead of 0', { lead_id: '0' }, ['lead_id']],
  ['an unknown staff member', { staff_id: '999999' }, ['staff_id']],
  ['a day that does not exist', { date_contacted: '2024-02-31' }, ['date_contacted']],
  ['a time that does not exist', { date_contacted: '2024-02-01 25:00:00' }, ['date_contacted']]
])('%s is 422, names the field and changes nothing', async (_name, fields, named) => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const before = await snapshot(app)
  const { status, body } = await add(org, lead, fields)
  expect([status, body.error.code]).toEqual([422, 4002])
  expect(Object.keys(body.error.fields).sort()).toEqual(named)
  expect(await snapshot(app)).toBe(before)
})

test('an update needs words, and changes nothing else', async () => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const { data } = (await add(org, lead)).body
  const before = await snapshot(app)
  const { status, body } = await org.api.put(`/api/v1/leads/notes/update/${data.id}`, { description: '' })
  expect([status, Object.keys(body.error.fields)]).toEqual([422, ['description']])
  expect(await snapshot(app)).toBe(before)
  const sent = { description: 'B', lead_id: '999', rel_id: '999', addedfrom: '999' }
  const updated = await org.api.put(`/api/v1/leads/notes/update/${data.id}`, sent)
  expect(updated.body.data).toEqual({ ...data, description: 'B' })
  expect(updated.headers.get('liveforce-ignored')).toBe('lead_id, rel_id, addedfrom')
})

test('another organization’s lead, note and staff member answer like unknown ones and change nothing', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const [lead, strange] = [await makeLead(org), await makeLead(other)]
  const own = (await add(org, lead)).body.data.id
  const note = (await add(other, strange)).body.data.id
  const before = await snapshot(app)
  const { api } = org
  const words = { description: 'A' }
  const pairs = [
    ['details', (id: string) => api.get(`/api/v1/leads/notes/details/${id}`), note, 404],
    ['update', (id: string) => api.put(`/api/v1/leads/notes/update/${id}`, words), note, 404],
    ['lead_id', (id: string) => add(org, { id: Number(id) }), String(strange.id), 422],
    ['staff_id', (id: string) => add(org, lead, { staff_id: id }), String(other.adminId), 422],
    [
      'update staff_id',
      (id: string) => api.put(`/api/v1/leads/notes/update/${own}`, { ...words, staff_id: id }),
      String(other.adminId),
      422
    ]
  ] as const
  for (const [name, ask, strangeId, status] of pairs) {
    const [stranger, unknown] = [await ask(strangeId), await ask('999999')]
    expect(stranger.status, name).toBe(status)
    expect(stranger.text, name).toBe(unknown.text)
  }
  expect(await snapshot(app)).toBe(before)
})
