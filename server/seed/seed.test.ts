import { expect, test } from 'vitest'
import { query, startApp, type TestApp, type TestOrganization } from '../testing.ts'
import { type Counts, seedDemo, usualCounts } from './demo.ts'

const app = await startApp()
const few: Counts = { leads: 120, tickets: 40, deals: 30, calls: 50 }

/** How many rows of the organization the condition holds for. */
async function count(org: TestOrganization, table: string, condition = 'true'): Promise<number> {
  const sql = `select count(*) as n from ${table} as record where organization_id = ? and (${condition})`
  return (await query<{ n: number }>(app, sql, org.id))[0]!.n
}

const counts = (org: TestOrganization, tables: string[]): Promise<number[]> => Promise.all(tables.map(table => count(org, table)))

async function seeded(options: { timeZone?: string; currency?: string } = {}, counts: Counts = few): Promise<TestOrganization> {
  const org = await app.organization(options)
  await seedDemo(org.ctx, counts)
  return org
}

const midnight = (): number => new Date().setUTCHours(0, 0, 0, 0)

test('the usual demo has what it promises, and the lists show it', async () => {
  const org = await seeded({}, usualCounts)
  const tables = ['leads', 'tickets', 'deals', 'calls', 'staff']
  expect(await counts(org, tables)).toEqual([2000, 300, 150, 1000, 9])
  const belonging = ['customers', 'contacts', 'lead_analytics', 'notes', 'lead_tags', 'replies', 'services', 'comments', 'files']
  for (const table of [...belonging, 'deal_tags', 'deal_assignees', 'staff_departments'])
    expect(await count(org, table), table).toBeGreaterThan(7)
  const statuses = 'select id, name from lead_statuses where organization_id = ?'
  for (const status of await query<{ id: number; name: string }>(app, statuses, org.id))
    expect(await count(org, 'leads', `status_id = ${status.id}`), status.name).toBeGreaterThan(50)
  for (const id of [1, 3, 5]) expect(await count(org, 'tickets', `status_id = ${id}`), `ticket status ${id}`).toBeGreaterThan(1)
  for (const { id } of await query<{ id: number }>(app, 'select id from stages where organization_id = ?', org.id))
    expect(await count(org, 'deals', `stage_id = ${id}`)).toBeGreaterThan(5)
  for (const status of ['open', 'won', 'lost']) expect(await count(org, 'deals', `status = '${status}'`)).toBeGreaterThan(20)
  for (const [path, total] of [
    ['leads', 2000],
    ['ticket', 300],
    ['deals', 150],
    ['call-logs', 1000]
  ] as const) {
    const { body } = await org.api.get(`/api/v1/${path}/list?with_total=1&limit=1`)
    expect([path, body.meta.total]).toEqual([path, total])
  }
})

test('every reference names a row of the organization, and no other organization is touched', async () => {
  const bystander = await app.organization()
  const rowsBefore = await query(app, 'select * from events where organization_id = ?', bystander.id)
  await seeded()
  if (app.app.house.store.dialect === 'sqlite') expect(await query(app, 'pragma foreign_key_check')).toEqual([])
  expect(await query(app, 'select * from events where organization_id = ?', bystander.id)).toEqual(rowsBefore)
  for (const table of ['leads', 'tickets', 'deals', 'calls', 'customers', 'tags']) expect(await count(bystander, table)).toBe(0)
})

test('tickets are numbered without a gap, and the next ticket gets the next number', async () => {
  const org = await seeded()
  expect(await query(app, 'select number from tickets where organization_id = ? order by id', org.id)).toEqual(
    Array.from({ length: few.tickets }, (_ticket, at) => ({ number: at + 1 }))
  )
  const { body } = await org.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
  expect(body.data.ticketid).toBe(String(few.tickets + 1))
})

test('events have positions without a gap that go on with the next change, and every record has its first', async () => {
  const org = await seeded()
  const positions = await query<{ position: number }>(
    app,
    'select position from events where organization_id = ? order by position',
    org.id
  )
  expect(positions.map(({ position }) => position)).toEqual(positions.map((_row, at) => at + 1))
  const firsts = {
    lead: 'lead.created',
    ticket: 'ticket.opened',
    deal: 'deal.created',
    call: 'call.logged',
    customer: 'customer.created'
  }
  for (const [kind, type] of Object.entries(firsts))
    expect(await count(org, 'events', `type = '${type}'`), type).toBe(await count(org, `${kind}s`))
  await org.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
  expect(await count(org, 'events', `position > ${positions.length}`)).toBe(1)
  const { body } = await org.api.get('/api/v1/deals/list?status=won&limit=1')
  const details = await org.api.get(`/api/v1/deals/details/${body.data[0].id}`)
  const words = details.body.data.activity_log.map((entry: { description: string }) => entry.description)
  expect(words.at(-1)).toBe('Deal created.')
  expect(words).toContain('Status changed from "open" to "won".')
  expect(words.some((text: string) => text.startsWith('Stage changed from "Qualified To Buy"'))).toBe(true)
})

test('a ticket’s status, times and marks are those that its replies make', async () => {
  const org = await seeded({}, { leads: 60, tickets: 300, deals: 0, calls: 0 })
  const last = 'select from_staff from replies where ticket_id = record.id order by created_at desc limit 1'
  const broken = {
    'the last reply dates it': 'last_reply_at is distinct from (select max(created_at) from replies where ticket_id = record.id)',
    'closed ones have a date after all replies':
      'status_id = 5 and not coalesce(closed_at >= coalesce(last_reply_at, created_at), false)',
    'others have none': 'status_id != 5 and closed_at is not null',
    'answered and on hold: staff spoke last': `status_id in (3, 4) and coalesce((${last}), 0) = 0`,
    'open: the customer spoke last': `status_id = 1 and coalesce((${last}), 0) = 1`,
    'replies come after the ticket':
      'exists (select 1 from replies where ticket_id = record.id and created_at <= record.created_at)',
    'staff who replied are known':
      'exists (select 1 from replies where ticket_id = record.id and (staff_id is null) = (from_staff = 1))',
    'a customer’s ticket comes after the customer':
      'customer_id is not null and created_at <= (select created_at from customers where id = record.customer_id)',
    'no place is left empty': "subject like '%{%' or message like '%{%' or message like '%undefined%'"
  }
  for (const [promise, condition] of Object.entries(broken)) expect(await count(org, 'tickets', condition), promise).toBe(0)
  for (const status of [1, 3, 5]) expect(await count(org, 'tickets', `status_id = ${status}`)).toBeGreaterThan(0)
  expect(await count(org, 'tickets', 'customer_id is not null')).toBeGreaterThan(20)
})

test('leads, deals and calls agree with themselves', async () => {
  const org = await seeded({ currency: 'EUR' }, { leads: 600, tickets: 0, deals: 80, calls: 150 })
  const asJson = app.app.house.store.dialect === 'sqlite' ? 'chat' : 'chat::json'
  const broken: [table: string, promise: string, condition: string][] = [
    ['leads', 'last contact', 'last_contact_at is distinct from (select max(contacted_at) from notes where lead_id = record.id)'],
    ['leads', 'conversion makes a customer', '(converted_at is null) != (customer_id is null)'],
    ['leads', 'an assignment has a date', '(assigned_id is null) != (assigned_at is null)'],
    [
      'leads',
      'a chat has messages',
      `has_chat = 1 and coalesce((select json_array_length(${asJson}) from lead_analytics where lead_id = record.id), 0) < 5`
    ],
    ['leads', 'mail', "email not like '%@example.com' or email_key != email"],
    ['contacts', 'mail', "email not like '%@example.com' and email not like '%@example.org'"],
    ['deals', 'decided ones have a date', "(status = 'open') != (closed_at is null)"],
    ['deals', 'lost ones have a reason', "(status = 'lost') != (lost_reason is not null)"],
    ['deals', 'currency', "currency != 'EUR'"],
    ['deals', 'a stage of the pipeline', 'pipeline_id != (select pipeline_id from stages where id = record.stage_id)'],
    ['deals', 'whom it is with', 'lead_id is not null and customer_id is not null'],
    [
      'deals',
      'the lead came first',
      'lead_id is not null and created_at <= (select created_at from leads where id = record.lead_id)'
    ],
    ['services', 'total', 'total != unit_cost * quantity / 100'],
    ['services', 'tax', 'tax_total != (total * 19 + 50) / 100 or taxes != \'["VAT|19.00"]\''],
    [
      'calls',
      'the lead’s number',
      'lead_id is not null and phone_digits != (select phone_digits from leads where id = record.lead_id)'
    ],
    [
      'calls',
      'the contact’s number',
      'contact_id is not null and phone_digits != (select phone_digits from contacts where id = record.contact_id)'
    ],
    ['calls', 'nobody’s number', 'lead_id is null and customer_id is null and phone_digits in (select phone_digits from leads)'],
    ['calls', 'an end', 'ended_at <= started_at'],
    ['calls', 'what is still to be followed up is not done', `is_completed = 1 and follow_up_at > ${midnight()}`]
  ]
  for (const [table, promise, condition] of broken) expect(await count(org, table, condition), `${table}: ${promise}`).toBe(0)
  for (const column of ['email_key', 'phone_digits', 'name']) {
    const sql = `select count(distinct ${column}) as n from leads where organization_id = ?`
    expect(await query(app, sql, org.id), column).toEqual([{ n: 600 }])
  }
})

test('telephone numbers are of the ranges kept for fiction', async () => {
  const org = await seeded({}, { leads: 600, tickets: 0, deals: 0, calls: 100 })
  const fiction =
    /^(\+1 \d{3} 555 01\d\d|\+1 555 01\d\d|\+44 20 7946 0\d{3}|\+44 1[1-6]\d 496 0\d{3}|\+61 [2378] 5550 \d{4}|\+49 (30 23125|40 66969|69 90009|89 99998) \d{3})$/
  for (const table of ['leads', 'customers', 'contacts', 'calls', 'staff']) {
    const phones = await query<{ phone: string }>(
      app,
      `select phone from ${table} where organization_id = ? and phone is not null`,
      org.id
    )
    expect(phones.length).toBeGreaterThan(5)
    expect(phones.filter(({ phone }) => !fiction.test(phone))).toEqual([])
  }
})

test('everything happened before today, within a year, and follow-ups may lie ahead', async () => {
  const org = await seeded()
  const tables = [
    'leads',
    'tickets',
    'replies',
    'deals',
    'comments',
    'services',
    'calls',
    'notes',
    'customers',
    'contacts',
    'files'
  ]
  for (const table of tables) {
    expect(await count(org, table, `created_at >= ${midnight()} or created_at < ${midnight() - 370 * 86_400_000}`), table).toBe(0)
    expect(await count(org, table), table).toBeGreaterThan(0)
  }
  const at = midnight()
  expect(await count(org, 'leads', `updated_at >= ${at} or status_changed_at >= ${at} or assigned_at >= ${at}`)).toBe(0)
  expect(await count(org, 'leads', `created_at > ${midnight() - 30 * 86_400_000}`)).toBeGreaterThan(10)
})

test('search finds the records, and files can be fetched', async () => {
  const org = await seeded()
  const first = async <Row>(table: string): Promise<Row> =>
    (await query<Row>(app, `select * from ${table} where organization_id = ? order by id limit 1`, org.id))[0]!
  const lead = await first<{ id: number; name: string; phone: string }>('leads')
  const ticket = await first<{ number: number; name: string; subject: string }>('tickets')
  const deal = await first<{ id: number; title: string }>('deals')
  const call = await first<{ id: number; phone: string }>('calls')
  const searches: [path: string, text: string, key: string, id: number][] = [
    ['leads', lead.name, 'id', lead.id],
    ['leads', lead.phone, 'id', lead.id],
    ['ticket', `${ticket.number} ${ticket.name}`, 'ticketid', ticket.number],
    ['deals', deal.title, 'id', deal.id],
    ['call-logs', call.phone, 'id', call.id]
  ]
  for (const [path, text, key, id] of searches) {
    const { body } = await org.api.get(`/api/v1/${path}/list?limit=500&search=${encodeURIComponent(text)}`)
    expect(
      body.data.map((row: Record<string, string>) => row[key]),
      `${path} ${text}`
    ).toContain(String(id))
  }
  const { deal_id } = (
    await query<{ deal_id: number }>(app, 'select deal_id from files where organization_id = ? and deal_id > 0', org.id)
  )[0]!
  const { body } = await org.api.get(`/api/v1/deals/details/${deal_id}`)
  const url = new URL(body.data.deals_details.attachments[0].url)
  const file = await fetch(app.url + url.pathname + url.search)
  expect([file.status, await file.text()]).toEqual([200, expect.stringContaining('Offer')])
})

test('what is added later goes on where it ended, with the same people', async () => {
  const org = await seeded()
  await seedDemo(org.ctx, few)
  expect(await counts(org, ['leads', 'tickets', 'deals', 'calls', 'staff'])).toEqual([240, 80, 60, 100, 9])
  const distinct = await query(app, 'select count(distinct email_key) as n from leads where organization_id = ?', org.id)
  expect(distinct).toEqual([{ n: 240 }])
  const numbers = 'select count(distinct number) as n, max(number) as last from tickets where organization_id = ?'
  expect(await query(app, numbers, org.id)).toEqual([{ n: 80, last: 80 }])
})

/** Everything but what is random or made before the demo. */
async function contentOf(test: TestApp): Promise<string> {
  const own = ['leads', 'lead_analytics', 'lead_tags', 'notes', 'customers', 'contacts', 'replies', 'deals', 'deal_tags']
  const tables = [...own, 'deal_assignees', 'services', 'comments', 'calls', 'staff_departments', 'tags', 'departments']
  const rows = await Promise.all(tables.map(table => query(test, `select * from ${table} order by 1, 2, 3`)))
  const tickets = (await query<{ key: string }>(test, 'select * from tickets order by id')).map(ticket => ({
    ...ticket,
    key: ''
  }))
  const files = (await query<{ key: string }>(test, 'select * from files order by id')).map(file => ({ ...file, key: '' }))
  const events = await query(test, 'select * from events where position > 3 order by position')
  const staff = await query(test, 'select * from staff where is_admin = 0 order by id')
  return JSON.stringify([rows, tickets, files, events, staff])
}

test('two demos of the same day are equal but for random keys', async () => {
  const contents: string[] = []
  for (const other of [await startApp(), await startApp()]) {
    const org = await other.organization({ timeZone: 'America/New_York' })
    await seedDemo(org.ctx, few)
    contents.push(await contentOf(other))
  }
  expect(contents[0]!.length).toBeGreaterThan(100_000)
  expect(contents[0] === contents[1]).toBe(true)
})

test('of many records the newest are whole and the older ones plain, and all agree', async () => {
  const org = await seeded({}, { leads: 5200, tickets: 5300, deals: 20, calls: 30 })
  expect(await counts(org, ['leads', 'tickets', 'deals', 'calls'])).toEqual([5200, 5300, 20, 30])
  const oldest = (await query<{ id: number }>(app, 'select min(id) as id from leads where organization_id = ?', org.id))[0]!.id
  expect(await count(org, 'notes', `lead_id < ${oldest + 200}`)).toBe(0)
  expect(await count(org, 'notes', `lead_id >= ${oldest + 200}`)).toBeGreaterThan(5000)
  expect(await count(org, 'tickets', 'number <= 300 and status_id = 5 and last_reply_at is null')).toBeGreaterThan(250)
  expect(
    await count(
      org,
      'tickets',
      'last_reply_at is distinct from (select max(created_at) from replies where ticket_id = record.id)'
    )
  ).toBe(0)
  expect(await query(app, 'select last_ticket_number from organizations where id = ?', org.id)).toEqual([
    { last_ticket_number: 5300 }
  ])
})

test('an organization without a pipeline is told so, and gets nothing', async () => {
  const org = await app.organization()
  await query(app, 'delete from stages where organization_id = ?', org.id)
  await query(app, 'delete from pipelines where organization_id = ?', org.id)
  await expect(seedDemo(org.ctx, few)).rejects.toThrow('pipeline')
  expect(await counts(org, ['leads', 'tags', 'staff'])).toEqual([0, 0, 1])
})
