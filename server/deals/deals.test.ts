import { expect, test } from 'vitest'
import { type Api, makeLead, makeStaff, snapshot, startApp, type TestOrganization } from '../testing.ts'

const app = await startApp()

const dealKeys =
  'id title deal_value source_id status notes pipeline_id currency created_at days_to_close user_id project_id invoice_id client_id rel_type rel_id stage_id default_deal_owner convert_to_project lost_reason tax total_tax dealorder full_name source_name pipeline_name stage_name'.split(
    ' '
  )

type Form = Record<string, string | number | readonly string[]>

/** What `organization()` is joined by: the first pipeline's stages and a complete form. */
async function firm(options?: { timeZone?: string; currency?: string }) {
  const organization = await app.organization(options)
  const [pipeline] = (await organization.api.get('/api/v1/deals/pipelines')).body.data
  const stages: string[] = pipeline.stages.map(({ stage_id }: { stage_id: string }) => stage_id)
  const essentials = {
    title: 'Twenty chairs',
    deal_value: '10',
    pipeline_id: pipeline.pipeline_id as string,
    stage_id: stages[0] as string,
    default_deal_owner: String(organization.adminId)
  }
  return { ...organization, stages, essentials }
}

const save = (api: Api, form: Form) => api.post('/api/v1/deals/save-deals', form)
const change = (api: Api, id: string, form: Form) => api.put(`/api/v1/deals/update-deals/${id}`, form)
const details = (api: Api, id: string) => api.get(`/api/v1/deals/details/${id}`)

async function saved(api: Api, form: Form) {
  const { status, text, body } = await save(api, form)
  expect(status, text).toBe(200)
  return body.data
}

async function makeCustomer({ api }: Pick<TestOrganization, 'api'>, fields = {}): Promise<number> {
  const { status, text, body } = await api.json('POST', '/api/v2/customers', { name: 'Carla Customer', ...fields })
  expect(status, text).toBe(201)
  return body.id
}

/** Another pipeline with one stage, for which there is no endpoint. */
const otherPipeline = ({ ctx }: Pick<TestOrganization, 'ctx'>) =>
  ctx.store.transact(async ({ kysely }) => {
    const organization_id = ctx.organization.id
    const named = { organization_id, name: 'Rentals', position: 2 }
    const pipeline = await kysely.insertInto('pipelines').values(named).returning('id').executeTakeFirstOrThrow()
    const first = { organization_id, pipeline_id: pipeline.id, name: 'Asked', position: 1, probability: 50 }
    const stage = await kysely.insertInto('stages').values(first).returning('id').executeTakeFirstOrThrow()
    return { pipeline_id: String(pipeline.id), stage_id: String(stage.id) }
  })

/** Refuses, names exactly these fields, and changes nothing. */
async function refused(fields: string[], ask: () => ReturnType<Api['get']>, status = 422) {
  const before = await snapshot(app)
  const answer = await ask()
  expect(answer.status, answer.text).toBe(status)
  expect(Object.keys(answer.body.error.fields).sort()).toEqual(fields.toSorted())
  expect(await snapshot(app)).toBe(before)
  return answer
}

test('a saved deal is answered with the message first and exactly the keys of the contract in their order', async () => {
  const { api, adminId, essentials } = await firm({ currency: 'EUR' })
  const lead = await makeLead({ api }, { name: 'Lena Lead', email: 'lena@example.com', phone: '+1 555 0100' })
  const [source] = (await api.get('/api/v1/deals/sources')).body.data
  const { status, body, text } = await save(api, {
    ...essentials,
    source_id: source.source_id,
    days_to_close: 'Aug 13, 2024',
    rel_type: 'deal',
    rel_id: lead.id,
    tags: 'big, furniture',
    'user_id[]': String(adminId),
    staff_id: adminId
  })
  expect(status).toBe(200)
  expect(text.startsWith('{"message":"Deal information saved","data":{"id":"')).toBe(true)
  expect(Object.keys(body)).toEqual(['message', 'data'])
  expect(Object.keys(body.data)).toEqual([...dealKeys, 'comments', 'assignees', 'customers', 'attachments'])
  const { id, created_at, full_name, ...rest } = body.data
  expect(id).toMatch(/^[1-9]\d*$/)
  expect(created_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  expect(full_name).toBe('Admin')
  expect(rest).toEqual({
    title: 'Twenty chairs',
    deal_value: '10.00',
    source_id: source.source_id,
    status: 'open',
    notes: null,
    pipeline_id: essentials.pipeline_id,
    currency: 'EUR',
    days_to_close: '2024-08-13',
    user_id: `["${adminId}"]`,
    project_id: '0',
    invoice_id: '0',
    client_id: 'null',
    rel_type: 'lead',
    rel_id: String(lead.id),
    stage_id: essentials.stage_id,
    default_deal_owner: String(adminId),
    convert_to_project: '0',
    lost_reason: null,
    tax: null,
    total_tax: '0.00',
    dealorder: '0',
    source_name: source.source_name,
    pipeline_name: 'Sales',
    stage_name: 'Qualified To Buy',
    comments: [],
    assignees: [{ staffid: String(adminId), firstname: 'Admin', lastname: '', full_name: 'Admin' }],
    customers: { id: String(lead.id), name: 'Lena Lead', email: 'lena@example.com', phonenumber: '+1 555 0100', type: 'lead' },
    attachments: []
  })
  expect(Object.keys(body.data.assignees[0])).toEqual(['staffid', 'firstname', 'lastname', 'full_name'])
  expect(Object.keys(body.data.customers)).toEqual(['id', 'name', 'email', 'phonenumber', 'type'])
})

test('five fields are enough, and nothing else is required', async () => {
  const { api, essentials } = await firm()
  const deal = await saved(api, essentials)
  expect(deal).toMatchObject({
    source_id: '0',
    source_name: null,
    days_to_close: null,
    user_id: '[]',
    rel_type: null,
    rel_id: '0'
  })
  expect(deal.customers).toEqual({ id: '0', name: null, email: null, phonenumber: null, type: null })
  await refused(Object.keys(essentials), () => save(api, { tags: 'a' }))
  const empty = { source_id: '', days_to_close: '', rel_type: '', rel_id: '', tags: '', 'user_id[]': '', staff_id: '0' }
  expect(await saved(api, { ...essentials, ...empty, title: 'Ten chairs' })).toMatchObject({
    source_id: '0',
    user_id: '[]',
    rel_id: '0'
  })
})

test.each([
  ['an amount of three decimals', { deal_value: '1.001' }, ['deal_value']],
  ['a negative amount', { deal_value: '-1' }, ['deal_value']],
  ['an amount beyond the greatest', { deal_value: '10000000000000' }, ['deal_value']],
  ['a number of days', { days_to_close: '30' }, ['days_to_close']],
  ['a day that does not exist', { days_to_close: '30-02-2024' }, ['days_to_close']],
  ['a title of 192 characters', { title: 'x'.repeat(192) }, ['title']],
  ['a title that folds to more than a key holds', { title: '\ufb2c'.repeat(191) }, ['title']],
  ['an unknown party', { rel_type: 'contact', rel_id: '1' }, ['rel_type']],
  ['a pipeline 0', { pipeline_id: '0' }, ['pipeline_id']],
  ['a tag of 192 characters', { tags: `a,${'x'.repeat(192)}` }, ['tags']],
  ['staff that is no id', { 'user_id[]': ['x'] }, ['user_id']],
  [
    'unknown rows',
    {
      pipeline_id: '999999',
      stage_id: '999999',
      default_deal_owner: '999999',
      source_id: '999999',
      rel_type: 'customer',
      rel_id: '999999',
      'user_id[]': '999999'
    },
    ['pipeline_id', 'stage_id', 'default_deal_owner', 'source_id', 'rel_id', 'user_id']
  ],
  ['an unknown acting staff member', { staff_id: '999999' }, ['staff_id']]
] as [string, Form, string[]][])('%s is 422 and names the field', async (_name, form, fields) => {
  const { api, essentials } = await firm()
  await refused(fields, () => save(api, { ...essentials, ...form }))
  const { id } = await saved(api, essentials)
  await refused(fields, () => change(api, id, form))
})

test.each([
  ['0', '0.00'],
  ['9999999999999.99', '9999999999999.99'],
  ['0.07', '0.07'],
  ['1.5', '1.50']
])('a value of %s stays exact', async (sent, shown) => {
  const { api, essentials } = await firm()
  const { id } = await saved(api, { ...essentials, deal_value: sent })
  expect((await details(api, id)).body.data.deals_details.deal_value).toBe(shown)
})

test.each(['Aug 13, 2024', '13-08-2024', '2024-08-13'])('days_to_close takes the date %s', async days_to_close => {
  const { api, essentials } = await firm()
  expect((await saved(api, { ...essentials, days_to_close })).days_to_close).toBe('2024-08-13')
})

test('a title is taken once in an organization, whatever its case, also by those who ask at once', async () => {
  const { api, essentials } = await firm()
  const asked = await Promise.all(
    ['Chairs', 'CHAIRS', 'chairs', 'chairS', 'chAirs'].map(title => save(api, { ...essentials, title }))
  )
  expect(asked.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409])
  const answer = await refused(['title'], () => save(api, { ...essentials, title: ' cHairs ' }), 409)
  expect(answer.body.error).toMatchObject({ code: 4006, type: 'DUPLICATE_DATA' })
  await saved(api, { ...essentials, title: 'Cháirs' })
  const other = await firm()
  await saved(other.api, { ...other.essentials, title: 'Chairs' })
})

test('an update cannot take the title of another deal, and may respell its own', async () => {
  const { api, essentials } = await firm()
  await saved(api, { ...essentials, title: 'Chairs' })
  const { id } = await saved(api, { ...essentials, title: 'Tables' })
  await refused(['title'], () => change(api, id, { title: 'CHAIRS', notes: 'x' }), 409)
  expect((await change(api, id, { title: 'TABLES' })).body.data.title).toBe('TABLES')
})

test('the stage is one of the pipeline, on update of either one too', async () => {
  const organization = await firm()
  const { api, essentials, stages } = organization
  const other = await otherPipeline(organization)
  await refused(['stage_id'], () => save(api, { ...essentials, stage_id: other.stage_id }))
  const { id } = await saved(api, essentials)
  await refused(['stage_id'], () => change(api, id, { stage_id: other.stage_id }))
  await refused(['stage_id'], () => change(api, id, { pipeline_id: other.pipeline_id }))
  await refused(['stage_id'], () => change(api, id, { ...other, stage_id: stages[1] as string }))
  const moved = await change(api, id, other)
  expect(moved.body.data).toMatchObject({ ...other, pipeline_name: 'Rentals', stage_name: 'Asked' })
})

test('without any pipeline a deal cannot be saved: 412', async () => {
  const { api, ctx, essentials } = await firm()
  await ctx.store.transact(async ({ kysely }) => {
    await kysely.deleteFrom('stages').where('organization_id', '=', ctx.organization.id).execute()
    await kysely.deleteFrom('pipelines').where('organization_id', '=', ctx.organization.id).execute()
  })
  const before = await snapshot(app)
  const { status, body } = await save(api, essentials)
  expect(status).toBe(412)
  expect(body.error).toEqual({ code: 4007, type: 'NOT_CONFIGURED' })
  expect(await snapshot(app)).toBe(before)
  expect((await api.get('/api/v1/deals/pipelines')).body).toEqual({ data: [], message: 'success' })
})

test('staff who are not active can be neither owner nor assigned nor acting, but stay where they are', async () => {
  const { api, essentials } = await firm()
  const { staffid } = await makeStaff({ api })
  const { id } = await saved(api, { ...essentials, default_deal_owner: staffid, 'user_id[]': staffid })
  await api.put(`/api/v1/staff/update/${staffid}`, { firstname: 'Sam', status: '0' })
  await refused(['default_deal_owner', 'user_id'], () =>
    save(api, { ...essentials, title: 'Other', default_deal_owner: staffid, 'user_id[]': staffid })
  )
  await refused(['staff_id'], () => change(api, id, { staff_id: staffid, notes: 'x' }))
  const again = await change(api, id, { default_deal_owner: staffid, 'user_id[]': staffid, notes: 'kept' })
  expect(again.body.data).toMatchObject({ default_deal_owner: staffid, user_id: `["${staffid}"]`, notes: 'kept' })
})

test('a deal is with a lead, a customer or nobody', async () => {
  const { api, essentials } = await firm()
  const lead = String((await makeLead({ api }, { name: 'Lena' })).id)
  const customer = String(await makeCustomer({ api }, { email: 'carla@example.com' }))
  const deal = await saved(api, { ...essentials, rel_type: 'customer', rel_id: customer })
  expect(deal).toMatchObject({ rel_type: 'customer', rel_id: customer, client_id: `"${customer}"` })
  expect(deal.customers).toMatchObject({ id: customer, name: 'Carla Customer', email: 'carla@example.com', type: 'customer' })
  const rest = async (form: Form) => {
    const { rel_type, rel_id, client_id } = (await change(api, deal.id, form)).body.data
    return [rel_type, rel_id, client_id]
  }
  await refused(['rel_id'], () => change(api, deal.id, { rel_type: 'lead' }))
  expect(await rest({ rel_type: 'customer' })).toEqual(['customer', customer, `"${customer}"`])
  expect(await rest({ rel_type: 'lead', rel_id: lead })).toEqual(['lead', lead, 'null'])
  expect(await rest({ rel_id: '0' })).toEqual([null, '0', 'null'])
  expect(await rest({ rel_id: lead })).toEqual(['lead', lead, 'null'])
  expect(await rest({ rel_type: '' })).toEqual([null, '0', 'null'])
})

test.each(['lead', 'customer', 'deal'])(
  'the party %s without its id is refused, and both empty or 0 are nobody',
  async rel_type => {
    const { api, essentials } = await firm()
    const { id } = await saved(api, essentials)
    const titled = { ...essentials, title: 'Other' }
    await refused(['rel_id'], () => save(api, { ...titled, rel_type }))
    await refused(['rel_id'], () => save(api, { ...titled, rel_type, rel_id: '' }))
    await refused(['rel_id'], () => change(api, id, { rel_type }))
    for (const form of [{ rel_type: '', rel_id: '' }, { rel_type: '' }, { rel_id: '' }, { rel_type, rel_id: '0' }]) {
      expect((await change(api, id, form)).body.data).toMatchObject({ rel_type: null, rel_id: '0' })
      expect(await saved(api, { ...titled, ...form, title: JSON.stringify(form) })).toMatchObject({ rel_type: null, rel_id: '0' })
    }
  }
)

test('tags are made once, whatever their case, and shown in the list', async () => {
  const { api, essentials, ctx } = await firm()
  await saved(api, { ...essentials, tags: 'Zoo, art ,ZOO,, Art' })
  await saved(api, { ...essentials, title: 'Other', tags: 'zoo' })
  const { body } = await api.get('/api/v1/deals/list')
  expect(body.data.map(({ tags }: { tags: string }) => tags)).toEqual(['Zoo', 'art,Zoo'])
  const tags = await ctx.db.kysely.selectFrom('tags').select('name').where('organization_id', '=', ctx.organization.id).execute()
  expect(tags).toHaveLength(2)
})

test('an update changes what is sent, clears what is sent empty, and leaves the rest', async () => {
  const { api, essentials, adminId, stages } = await firm()
  const lead = await makeLead({ api })
  const [source] = (await api.get('/api/v1/deals/sources')).body.data
  const full = { source_id: source.source_id, days_to_close: '2024-08-13', rel_type: 'lead', rel_id: lead.id, tags: 'a' }
  const before = await saved(api, { ...essentials, ...full, 'user_id[]': String(adminId) })
  const { status, body, text } = await change(api, before.id, { notes: 'Call back', stage_id: stages[2] as string })
  expect(status).toBe(200)
  expect(text.startsWith('{"message":"Deal information updated","data":')).toBe(true)
  expect(body.data).toEqual({ ...before, notes: 'Call back', stage_id: stages[2], stage_name: 'Presentation Scheduled' })
  const cleared = await change(api, before.id, { source_id: '', days_to_close: '', rel_id: '', tags: '', user_id: '', notes: '' })
  expect(cleared.body.data).toMatchObject({
    source_id: '0',
    days_to_close: null,
    rel_id: '0',
    user_id: '[]',
    notes: null,
    assignees: []
  })
  expect((await api.get('/api/v1/deals/list')).body.data[0].tags).toBe('')
  const essential = ['title', 'deal_value', 'pipeline_id', 'stage_id', 'default_deal_owner', 'status']
  await refused(essential, () => change(api, before.id, Object.fromEntries(essential.map(name => [name, '']))))
})

test('an update that changes nothing leaves no trace', async () => {
  const { api, essentials, adminId } = await firm()
  const { id } = await saved(api, { ...essentials, 'user_id[]': String(adminId), tags: 'a,b' })
  const before = await snapshot(app)
  expect((await change(api, id, { ...essentials, 'user_id[]': String(adminId), tags: 'b,a' })).status).toBe(200)
  expect((await change(api, id, {})).status).toBe(200)
  expect(await snapshot(app)).toBe(before)
})

test('people who change different things of a deal at once lose nothing', async () => {
  const { api, essentials, stages } = await firm()
  const { staffid } = await makeStaff({ api })
  const { id } = await saved(api, essentials)
  const answers = await Promise.all([
    change(api, id, { stage_id: stages[3] as string }),
    change(api, id, { default_deal_owner: staffid }),
    change(api, id, { notes: 'Call back' }),
    change(api, id, { deal_value: '77' }),
    change(api, id, { tags: 'big' }),
    change(api, id, { 'user_id[]': staffid })
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  const { deals_details, activity_log } = (await details(api, id)).body.data
  expect(deals_details).toMatchObject({
    stage_id: stages[3],
    default_deal_owner: staffid,
    notes: 'Call back',
    deal_value: '77.00'
  })
  expect(deals_details.user_id).toBe(`["${staffid}"]`)
  expect(activity_log).toHaveLength(7)
})

test('won and lost close with a date, lost asks a reason, reopening clears both, moving changes neither', async () => {
  const { api, essentials, stages, ctx } = await firm()
  const { id } = await saved(api, essentials)
  const closedAt = async () =>
    (await ctx.db.kysely.selectFrom('deals').select('closed_at').where('id', '=', Number(id)).executeTakeFirstOrThrow()).closed_at
  await refused(['lost_reason'], () => change(api, id, { status: 'lost', stage_id: stages[1] as string }))
  await refused(['status'], () => change(api, id, { status: 'won!' }))
  const lost = await change(api, id, { status: 'lost', lost_reason: 'Too dear' })
  expect(lost.body.data).toMatchObject({ status: 'lost', lost_reason: 'Too dear' })
  const lostAt = await closedAt()
  expect(lostAt).toEqual(expect.any(Number))
  await refused(['lost_reason'], () => change(api, id, { lost_reason: '' }))
  expect((await change(api, id, { status: 'lost', stage_id: stages[1] as string })).body.data).toMatchObject({
    status: 'lost',
    stage_id: stages[1]
  })
  expect(await closedAt()).toBe(lostAt)
  expect((await change(api, id, { status: 'open' })).body.data).toMatchObject({ status: 'open', lost_reason: null })
  expect(await closedAt()).toBe(null)
  expect((await change(api, id, { stage_id: stages[4] as string })).body.data.status).toBe('open')
  expect((await change(api, id, { status: 'won' })).body.data).toMatchObject({ status: 'won', lost_reason: null })
  expect(await closedAt()).toEqual(expect.any(Number))
})

test('the details show the deal and, newest first, every change in a sentence with who did it', async () => {
  const { api, essentials, adminId, stages } = await firm()
  const { staffid, full_name } = await makeStaff({ api }, { firstname: 'Ola', lastname: 'Owner' })
  const deal = await saved(api, { ...essentials, staff_id: adminId })
  await change(api, deal.id, {
    stage_id: stages[1] as string,
    default_deal_owner: staffid,
    deal_value: '12.5',
    staff_id: staffid
  })
  await change(api, deal.id, { 'user_id[]': [staffid, String(adminId)], notes: 'Secret words' })
  await change(api, deal.id, { status: 'lost', lost_reason: 'Too dear' })
  const { status, text, body } = await details(api, deal.id)
  expect(status).toBe(200)
  expect(text.startsWith('{"message":"success","data":{"deals_details":{"id":')).toBe(true)
  expect(Object.keys(body.data)).toEqual(['deals_details', 'activity_log'])
  expect(Object.keys(body.data.deals_details)).toEqual([...dealKeys, 'comments', 'assignees', 'customers', 'attachments'])
  const log = body.data.activity_log
  expect(Object.keys(log[0])).toEqual([
    'id',
    'deal_id',
    'description',
    'additional_data',
    'date',
    'staffid',
    'full_name',
    'custom_activity'
  ])
  expect(log.map(({ description }: { description: string }) => description)).toEqual([
    'Status changed from "open" to "lost". Lost reason set to "Too dear".',
    'Assigned set to "Admin, Ola Owner". Notes changed.',
    'Value changed from "10.00" to "12.50". Stage changed from "Qualified To Buy" to "Contact Made". Owner changed from "Admin" to "Ola Owner".',
    'Deal created.'
  ])
  expect(log[1]).toMatchObject({ deal_id: deal.id, staffid: '0', full_name: 'First app', custom_activity: '0' })
  expect(log[2]).toMatchObject({ staffid, full_name })
  expect(log[3]).toMatchObject({ staffid: String(adminId), full_name: 'Admin', additional_data: null })
  expect(JSON.parse(log[0].additional_data)).toEqual({
    changes: [
      { field: 'Status', from: 'open', to: 'lost' },
      { field: 'Lost reason', from: null, to: 'Too dear' }
    ]
  })
})

test('events name who created a deal and that its notes changed, never what the notes say', async () => {
  const { api, ctx, essentials, adminId } = await firm()
  const { id } = await saved(api, { ...essentials, staff_id: adminId })
  await change(api, id, { notes: 'Secret words' })
  await change(api, id, { notes: 'Other secret' })
  const events = ctx.db.kysely.selectFrom('events').selectAll().where('record_type', '=', 'deal')
  const told = await events.where('organization_id', '=', ctx.organization.id).orderBy('position').execute()
  expect(told.map(({ type, record_id }) => [type, record_id])).toEqual([
    ['deal.created', Number(id)],
    ['deal.updated', Number(id)],
    ['deal.updated', Number(id)]
  ])
  expect(told[0]).toMatchObject({ actor_type: 'staff', actor_id: adminId })
  expect(JSON.parse(told[2]?.data as string)).toEqual({ before: { notes: true }, after: { notes: true }, names: {} })
})

test('pipelines come in their order with their stages in theirs, sources by name', async () => {
  const organization = await firm()
  await otherPipeline(organization)
  const { body } = await organization.api.get('/api/v1/deals/pipelines')
  expect(Object.keys(body)).toEqual(['data', 'message'])
  expect(Object.keys(body.data[0])).toEqual(['pipeline_id', 'pipeline_name', 'description', 'order', 'stages'])
  expect(Object.keys(body.data[0].stages[0])).toEqual(['stage_id', 'stage_name', 'pipeline_id', 'stage_order', 'probability'])
  expect(body.data.map(({ pipeline_name }: { pipeline_name: string }) => pipeline_name)).toEqual(['Sales', 'Rentals'])
  const names = body.data[0].stages.map(({ stage_name }: { stage_name: string }) => stage_name)
  expect(names).toEqual(['Qualified To Buy', 'Contact Made', 'Presentation Scheduled', 'Proposal Made', 'Appointment Scheduled'])
  expect(body.data[1].stages).toMatchObject([{ stage_name: 'Asked', stage_order: '1', probability: '50' }])
  const sources = (await organization.api.get('/api/v1/deals/sources')).body.data
  expect(Object.keys(sources[0])).toEqual(['source_id', 'source_name'])
  expect(sources.map(({ source_name }: { source_name: string }) => source_name)).toContain('Website')
})

test('ids of another organization answer as unknown ones in every place, and change nothing', async () => {
  const own = await firm()
  const other = await firm()
  const foreign = {
    ...(await otherPipeline(other)),
    default_deal_owner: String(other.adminId),
    source_id: (await other.api.get('/api/v1/deals/sources')).body.data[0].source_id,
    rel_id: String((await makeLead(other)).id),
    customer: String(await makeCustomer(other)),
    deal: (await saved(other.api, other.essentials)).id
  }
  const { id } = await saved(own.api, own.essentials)
  const same = async (ask: (stranger: string) => ReturnType<Api['get']>, stranger: string) => {
    const before = await snapshot(app)
    const [theirs, nobody] = [await ask(stranger), await ask('999999')]
    expect(theirs.status).toBe(nobody.status)
    expect(theirs.text).toBe(nobody.text)
    expect(await snapshot(app)).toBe(before)
    return theirs.status
  }
  const fresh = { ...own.essentials, title: 'Fresh' }
  for (const form of [
    (value: string) => ({ pipeline_id: value }),
    (value: string) => ({ stage_id: value }),
    (value: string) => ({ default_deal_owner: value }),
    (value: string) => ({ source_id: value }),
    (value: string) => ({ rel_type: 'lead', rel_id: value }),
    (value: string) => ({ 'user_id[]': [String(own.adminId), value] }),
    (value: string) => ({ staff_id: value })
  ]) {
    const [name] = Object.keys(form('1')).filter(key => key !== 'rel_type') as [string]
    const stranger =
      name.endsWith('[]') || name === 'staff_id' ? foreign.default_deal_owner : foreign[name as keyof typeof foreign]
    expect(await same(value => save(own.api, { ...fresh, ...form(value) }), stranger), name).toBe(422)
    expect(await same(value => change(own.api, id, { notes: 'x', ...form(value) }), stranger), name).toBe(422)
  }
  const withCustomer = (rel_id: string) => ({ rel_type: 'customer', rel_id })
  expect(await same(value => save(own.api, { ...fresh, ...withCustomer(value) }), foreign.customer)).toBe(422)
  expect(await same(value => change(own.api, id, withCustomer(value)), foreign.customer)).toBe(422)
  expect(await same(value => details(own.api, value), foreign.deal)).toBe(404)
  expect(await same(value => change(own.api, value, { notes: 'x' }), foreign.deal)).toBe(404)
})
