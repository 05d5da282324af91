import { type Answer, makeDeal, makeLead, type TestOrganization } from './testing.ts'

const ticket = { subject: 'Printer', message: 'On fire' }
const file = new File(['A'], 'a.txt')
const item = { item_name: 'A', unit_cost: '1', quantity: '1' }
const newCall = { direction: 'inbound', phone: '1', started_at: '2024-08-09T16:42:35Z' }

/** One record of every kind, and two tickets, as their answers show them. */
export async function makeRecords(org: TestOrganization) {
  const { api } = org
  const data = async (asked: Promise<Answer>) => (await asked).body.data
  const [lead, deal] = [await makeLead(org), await makeDeal(org)]
  return {
    lead,
    deal,
    one: await data(api.post('/api/v1/ticket/create', ticket)),
    two: await data(api.post('/api/v1/ticket/create', ticket)),
    note: await data(api.post('/api/v1/leads/notes/create', { lead_id: lead.id, description: 'A' })),
    comment: await data(api.post('/api/v1/deals/comments/create', { deal_id: deal.id, content: 'A' })),
    service: await data(api.post('/api/v1/deals/services/create', { deal_id: deal.id, ...item })),
    attachment: await data(api.post('/api/v1/deals/attachments/create', { deal_id: deal.id, file })),
    call: (await api.json('POST', '/api/v2/calls', newCall)).body,
    customer: (await api.json('POST', '/api/v2/customers', { name: 'Acme' })).body
  }
}

export type Records = Awaited<ReturnType<typeof makeRecords>>
type Writes = Record<string, () => Promise<Answer>>

/** Every write of both APIs, by its route. */
export const writesOf = (org: TestOrganization, records: Records): Writes => ({
  ...writesOfV1(org, records),
  ...writesOfV2(org, records)
})

function writesOfV1({ api, adminId }: TestOrganization, records: Records): Writes {
  const { lead, deal, note, comment, service, attachment } = records
  const { pipeline_id, stage_id } = deal
  const newDeal = { title: 'New', deal_value: '1', pipeline_id, stage_id, default_deal_owner: adminId }
  const v1 = (method: 'post' | 'put', path: string, form: Parameters<typeof api.post>[1]) => () =>
    api[method](`/api/v1${path}`, form)
  const jane = { firstname: 'Jane', lastname: 'Doe', email: 'jane@example.com', password: 'seven blue herons' }
  return {
    'POST /api/v1/staff/create': v1('post', '/staff/create', jane),
    'PUT /api/v1/staff/update/:staff_id': v1('put', `/staff/update/${adminId}`, { firstname: 'Joan', status: '1' }),
    'POST /api/v1/leads/notes/create': v1('post', '/leads/notes/create', { lead_id: lead.id, description: 'B' }),
    'PUT /api/v1/leads/notes/update/:note_id': v1('put', `/leads/notes/update/${note.id}`, { description: 'B' }),
    'POST /api/v1/leads/files/upload': v1('post', '/leads/files/upload', { lead_id: lead.id, file }),
    'POST /api/v1/ticket/create': v1('post', '/ticket/create', { ...ticket, 'attachments[]': file }),
    'POST /api/v1/deals/save-deals': v1('post', '/deals/save-deals', newDeal),
    'PUT /api/v1/deals/update-deals/:deal_id': v1('put', `/deals/update-deals/${deal.id}`, { notes: 'B' }),
    'POST /api/v1/deals/comments/create': v1('post', '/deals/comments/create', { deal_id: deal.id, content: 'B', file }),
    'PUT /api/v1/deals/comments/update/:comment_id': v1('put', `/deals/comments/update/${comment.id}`, { content: 'B' }),
    'POST /api/v1/deals/services/create': v1('post', '/deals/services/create', { deal_id: deal.id, ...item }),
    'PUT /api/v1/deals/services/update/:service_id': v1('put', `/deals/services/update/${service.items_id}`, { unit_cost: '2' }),
    'POST /api/v1/deals/attachments/create': v1('post', '/deals/attachments/create', { deal_id: deal.id, file }),
    'DELETE /api/v1/deals/attachments/delete/:attachment_id': () =>
      api.send('DELETE', `/api/v1/deals/attachments/delete/${attachment.id}`)
  }
}

function writesOfV2({ api }: TestOrganization, { lead, one, two, call }: Records): Writes {
  const v2 = (method: string, path: string, body: object) => () => api.json(method, `/api/v2${path}`, body)
  const id = one.tenant_ticket_id
  return {
    'POST /api/v2/customers': v2('POST', '/customers', { name: 'Acme' }),
    'POST /api/v2/leads': v2('POST', '/leads', { name: 'Lena', tags: ['new'] }),
    'PATCH /api/v2/leads/:id': v2('PATCH', `/leads/${lead.id}`, { name: 'Lea' }),
    'PATCH /api/v2/tickets/:id': v2('PATCH', `/tickets/${id}`, { status_id: 2 }),
    'POST /api/v2/tickets/:id/replies': v2('POST', `/tickets/${id}/replies`, { from: 'staff', message: 'B' }),
    'PUT /api/v2/tickets/:id/merger': v2('PUT', `/tickets/${id}/merger`, { into_id: Number(two.tenant_ticket_id) }),
    'POST /api/v2/calls': v2('POST', '/calls', newCall),
    'PATCH /api/v2/calls/:id': v2('PATCH', `/calls/${call.id}`, { purpose: 'B' })
  }
}
