import { expect, test } from 'vitest'
import { retryJobs } from '../db/joblist.ts'
import { rows } from '../db/rows.ts'
import { type Answer, type Api, makeDeal, makeLead, makeStaff, snapshot, startApp } from '../testing.ts'

const app = await startApp()

const fileKeys = [
  'id',
  'rel_id',
  'rel_type',
  'file_name',
  'filetype',
  'filesize',
  'attachment_key',
  'staffid',
  'dateadded',
  'url'
]
const offer = () => new File(['Twenty chairs, oak.'], 'offer.txt', { type: 'text/html' })

const comment = (api: Api, form: Record<string, string | Blob>) => api.post('/api/v1/deals/comments/create', form)
const attach = (api: Api, form: Record<string, string | Blob>) => api.post('/api/v1/deals/attachments/create', form)
const detach = (api: Api, id: string) => api.send('DELETE', `/api/v1/deals/attachments/delete/${id}`)
const details = async (api: Api, id: string) => (await api.get(`/api/v1/deals/details/${id}`)).body.data

const stored = (): Promise<string[]> => app.files.names()
const everything = async (): Promise<string> => (await snapshot(app)) + (await stored()).join()

/** The answer is this refusal, and neither a row nor a file came or went. */
async function refused(status: number, fields: string[] | undefined, ask: () => Promise<Answer>) {
  const before = await everything()
  const answer = await ask()
  expect(answer.status, answer.text).toBe(status)
  if (fields) expect(Object.keys(answer.body.error.fields)).toEqual(fields)
  expect(await everything()).toBe(before)
}

/** Both answers are the same refusal, and neither a row nor a file came or went. */
async function alike(status: number, ask: (id: string) => Promise<Answer>, stranger: string) {
  const before = await everything()
  const [theirs, nobody] = [await ask(stranger), await ask('999999')]
  expect([theirs.status, theirs.text]).toEqual([status, nobody.text])
  expect(await everything()).toBe(before)
}

test('a comment has exactly the keys of the contract, with its author and its file', async () => {
  const organization = await app.organization()
  const { api } = organization
  const { staffid } = await makeStaff(organization, { firstname: 'Ola', lastname: 'Owner' })
  const deal = await makeDeal(organization)
  const { status, body } = await comment(api, {
    deal_id: deal.id,
    content: ' They sign on Friday. ',
    file: offer(),
    staff_id: staffid
  })
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['data', 'message'])
  const keys = ['id', 'deal_id', 'content', 'staffid', 'firstname', 'lastname', 'staff_full_name', 'dateadded', 'attachments']
  expect(Object.keys(body.data)).toEqual(keys)
  expect(body.data).toMatchObject({
    deal_id: deal.id,
    content: 'They sign on Friday.',
    staffid,
    firstname: 'Ola',
    lastname: 'Owner'
  })
  expect(body.data.staff_full_name).toBe('Ola Owner')
  expect(Object.keys(body.data.attachments[0])).toEqual(fileKeys)
  expect(body.data.attachments[0]).toMatchObject({
    rel_id: deal.id,
    rel_type: 'deal',
    file_name: 'offer.txt',
    filesize: 19,
    staffid
  })
  const shown = await details(api, deal.id)
  expect(shown.deals_details.comments).toEqual([body.data])
  expect(shown.deals_details.attachments).toEqual([])
  expect(shown.activity_log[0]).toMatchObject({ description: 'Comment with the file "offer.txt" added.', staffid })
})

test('comments come newest first; one by the app has no author; a file alone is enough', async () => {
  const organization = await app.organization()
  const { api } = organization
  const { id: deal_id } = await makeDeal(organization)
  await comment(api, { deal_id, content: 'one' })
  await comment(api, { deal_id, file: offer() })
  await comment(api, { deal_id, content: 'three' })
  const { comments } = (await details(api, deal_id)).deals_details
  expect(comments.map(({ content }: { content: string }) => content)).toEqual(['three', '', 'one'])
  expect(comments[2]).toMatchObject({ staffid: '0', firstname: null, lastname: null, staff_full_name: null, attachments: [] })
  expect(comments[1].attachments).toHaveLength(1)
})

test('a comment’s words can be changed, and the log says so', async () => {
  const organization = await app.organization()
  const { api } = organization
  const { id: deal_id } = await makeDeal(organization)
  const made = (await comment(api, { deal_id, content: 'one' })).body.data
  const { status, body } = await api.put(`/api/v1/deals/comments/update/${made.id}`, { content: 'two' })
  expect(status).toBe(200)
  expect(body).toEqual({ data: { ...made, content: 'two' }, message: 'success' })
  const { activity_log } = await details(api, deal_id)
  expect(activity_log[0]).toMatchObject({ description: 'Comment changed.', additional_data: `{"comment_id":"${made.id}"}` })
  await refused(422, ['content'], () => api.put(`/api/v1/deals/comments/update/${made.id}`, { content: ' ' }))
  await refused(404, undefined, () => api.put('/api/v1/deals/comments/update/999999', { content: 'x' }))
  await refused(400, ['comment_id'], () => api.put('/api/v1/deals/comments/update/x', { content: 'x' }))
})

test('a comment without words or deal is refused, and its file is not kept', async () => {
  const organization = await app.organization()
  const { api } = organization
  const { id: deal_id } = await makeDeal(organization)
  await refused(422, ['content'], () => comment(api, { deal_id }))
  await refused(422, ['content'], () => comment(api, { deal_id, content: 'x'.repeat(20_001), file: offer() }))
  await refused(422, ['deal_id'], () => comment(api, { content: 'x', file: offer() }))
  await refused(422, ['deal_id'], () => comment(api, { deal_id: '999999', file: offer() }))
  await refused(422, ['staff_id'], () => comment(api, { deal_id, staff_id: '999999', file: offer() }))
  await refused(422, ['file'], () => comment(api, { deal_id, content: 'x', file: 'offer.txt' }))
  await refused(422, ['file'], () => comment(api, { deal_id, file: new File(['x'], 'run.exe') }))
})

test('an attachment has exactly the keys of the contract and is fetched as it was sent', async () => {
  const organization = await app.organization()
  const { api } = organization
  const { id: deal_id } = await makeDeal(organization)
  const { status, body } = await attach(api, { deal_id, file: offer() })
  expect(status).toBe(200)
  expect(Object.keys(body.data)).toEqual(fileKeys)
  expect(body.data).toMatchObject({
    rel_id: deal_id,
    rel_type: 'deal',
    file_name: 'offer.txt',
    filetype: 'text/plain',
    filesize: 19,
    staffid: '0'
  })
  const url = new URL(body.data.url)
  const fetched = await fetch(app.url + url.pathname + url.search)
  expect(await fetched.text()).toBe('Twenty chairs, oak.')
  const shown = await details(api, deal_id)
  expect(shown.deals_details.attachments).toEqual([body.data])
  expect(shown.activity_log[0].description).toBe('File "offer.txt" added.')
  await refused(422, ['file'], () => attach(api, { deal_id }))
  await refused(422, ['deal_id'], () => attach(api, { deal_id: '999999', file: offer() }))
})

test('a deleted attachment is answered once, then gone, and its file is removed a day later', async () => {
  const organization = await app.organization()
  const { api, adminId, ctx } = organization
  const { id: deal_id } = await makeDeal(organization)
  const before = await stored()
  const attached = (await attach(api, { deal_id, file: offer() })).body.data
  expect(await stored()).toHaveLength(before.length + 1)
  const answers = await Promise.all([detach(api, attached.id), detach(api, attached.id)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404])
  expect(answers.find(({ status }) => status === 200)?.body).toEqual({ data: attached, message: 'success' })
  expect((await fetch(attached.url.replace(app.config.baseUrl, app.url))).status).toBe(404)
  expect(await stored()).toHaveLength(before.length + 1)
  const [job, ...others] = await rows(ctx, 'jobs').selectAll().execute()
  expect([job?.kind, job?.state, others]).toEqual(['files.remove', 'later', []])
  expect(Math.abs(job!.run_at - Date.now() - 86_400_000)).toBeLessThan(60_000)
  await ctx.store.transact(db => retryJobs(db, { states: ['later'], ids: [job!.id] }))
  await expect.poll(stored, { timeout: 10_000 }).toEqual(before)
  const shown = await details(api, deal_id)
  expect(shown.deals_details.attachments).toEqual([])
  expect(shown.activity_log[0].description).toBe('File "offer.txt" removed.')
  const said = (await comment(api, { deal_id, content: 'here', file: offer() })).body.data
  const path = `/api/v1/deals/attachments/delete/${said.attachments[0].id}`
  expect((await api.json('DELETE', path, { staff_id: adminId })).status).toBe(200)
  const [left] = (await details(api, deal_id)).deals_details.comments
  expect(left).toMatchObject({ content: 'here', attachments: [] })
  await refused(404, undefined, () => detach(api, said.attachments[0].id))
})

test('files of leads and tickets are no attachments of deals', async () => {
  const organization = await app.organization()
  const { api } = organization
  const lead = await makeLead(organization)
  const ofLead = (await api.post('/api/v1/leads/files/upload', { lead_id: String(lead.id), file: offer() })).body.data
  const ticket = (await api.post('/api/v1/ticket/create', { subject: 'a', message: 'b', attachments: offer() })).body.data
  const ofTicket = (await api.get(`/api/v1/ticket/details/${ticket.ticketid}`)).body.data.attachments[0]
  await alike(404, id => detach(api, id), ofLead.id)
  await alike(404, id => detach(api, id), ofTicket.id)
})

test('ids of another organization answer as unknown ones, and change nothing', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  const mine = await makeDeal(own)
  const theirs = await makeDeal(other)
  const said = (await comment(other.api, { deal_id: theirs.id, content: 'secret' })).body.data
  const attached = (await attach(other.api, { deal_id: theirs.id, file: offer() })).body.data
  const { api } = own
  await alike(422, deal_id => comment(api, { deal_id, content: 'x', file: offer() }), theirs.id)
  await alike(422, staff_id => comment(api, { deal_id: mine.id, content: 'x', staff_id }), String(other.adminId))
  await alike(404, id => api.put(`/api/v1/deals/comments/update/${id}`, { content: 'x' }), said.id)
  await alike(422, deal_id => attach(api, { deal_id, file: offer() }), theirs.id)
  await alike(404, id => detach(api, id), attached.id)
})
