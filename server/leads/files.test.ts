import { expect, test } from 'vitest'
import { makeLead, snapshot, startApp, type TestOrganization } from '../testing.ts'
import { details, events } from './leads.testing.ts'

const app = await startApp()

const keys = ['id', 'rel_id', 'rel_type', 'file_name', 'filetype', 'filesize', 'attachment_key', 'staffid', 'dateadded', 'url']
const offer = new File(['An offer'], 'offer.txt', { type: 'text/plain' })
const upload = (
  { api }: Pick<TestOrganization, 'api'>,
  lead: { id: number },
  fields: Record<string, string | number | Blob> = {}
) => api.post('/api/v1/leads/files/upload', { lead_id: lead.id, file: offer, ...fields })

const stored = async (): Promise<string> => (await snapshot(app)) + (await app.files.names()).join()

test('an uploaded file has the ten keys in their order, in upload and list', async () => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const { status, body } = await upload(org, lead, { staff_id: org.adminId })
  expect([status, Object.keys(body), body.message]).toEqual([200, ['data', 'message'], 'success'])
  expect(Object.keys(body.data)).toEqual(keys)
  expect(body.data).toEqual({
    ...{ id: expect.stringMatching(/^[1-9]\d*$/), rel_id: String(lead.id), rel_type: 'lead', file_name: 'offer.txt' },
    ...{
      filetype: 'text/plain',
      filesize: 8,
      attachment_key: expect.stringMatching(/^[0-9a-f]{64}$/),
      staffid: String(org.adminId)
    },
    dateadded: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    url: expect.stringMatching(/^http:\/\/crm\.example\.com\/files\//)
  })
  const { body: list } = await org.api.get(`/api/v1/leads/files/${lead.id}`)
  expect(list).toEqual({ data: [body.data], message: 'success', meta: { page: 1, limit: 100, has_more: false } })
  expect(Object.keys(list.data[0])).toEqual(keys)
  const kept = await fetch(app.url + body.data.url.slice('http://crm.example.com'.length))
  expect(await kept.text()).toBe('An offer')
})

test('files are newest first, in pages, of their own lead only, counted in the lead, and events of it', async () => {
  const org = await app.organization()
  const [lead, other] = [await makeLead(org), await makeLead(org)]
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await upload(org, lead, { file: new File(['x'], name) })
  await upload(org, other)
  const { body } = await org.api.get(`/api/v1/leads/files/${lead.id}?limit=2&with_total=1`)
  expect(body.data.map((file: { file_name: string }) => file.file_name)).toEqual(['c.txt', 'b.txt'])
  expect(body.meta).toEqual({ page: 1, limit: 2, has_more: true, total: 3 })
  expect(await details(org, lead.id)).toMatchObject({ attachment_count: 3, notes_count: 0 })
  const added = (await events(org)).find(({ type, record_id }) => type === 'lead.file_added' && record_id === lead.id)
  expect(added?.data).toEqual({ file_id: expect.any(Number), name: 'a.txt' })
})

test.each<[string, Record<string, string | Blob>, string[]]>([
  ['no file', { file: '' }, ['file']],
  ['a text for a file', { file: 'words' }, ['file']],
  ['no lead', { lead_id: '' }, ['lead_id']],
  ['an unknown lead', { lead_id: '999999' }, ['lead_id']],
  ['an unknown staff member', { staff_id: '999999' }, ['staff_id']],
  ['a program', { file: new File(['MZ\u0090'], 'offer.exe') }, ['file']]
])('%s is 422, names the field and leaves neither row nor file', async (_name, fields, named) => {
  const org = await app.organization()
  const lead = await makeLead(org)
  const before = await stored()
  const { status, body } = await upload(org, lead, fields)
  expect([status, Object.keys(body.error.fields)]).toEqual([422, named])
  expect(await stored()).toBe(before)
})

test('another organization’s lead and staff member are refused like unknown ones, and nothing is kept', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const [lead, strange] = [await makeLead(org), await makeLead(other)]
  const before = await stored()
  for (const [name, fields, id] of [
    ['lead_id', (id: number) => ({ lead_id: id }), strange.id],
    ['staff_id', (id: number) => ({ staff_id: id }), other.adminId]
  ] as const) {
    const [stranger, unknown] = [await upload(org, lead, fields(id)), await upload(org, lead, fields(999_999))]
    expect(stranger.status, name).toBe(422)
    expect(stranger.text, name).toBe(unknown.text)
  }
  expect(await stored()).toBe(before)
})
