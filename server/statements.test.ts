import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { createApp, revokeApp } from './auth/actions.ts'
import { listApps } from './auth/queries.ts'
import { rows } from './db/rows.ts'
import { sweepLeftovers } from './files/sweep.ts'
import { createFirstOrganization } from './organizations/actions.ts'
import { seedDemo } from './seed/demo.ts'
import { plainText, unheldTables } from './statements.testing.ts'
import { type Answer, startApp, type TestOrganization } from './testing.ts'
import { makeRecords, type Records, writesOf } from './writes.testing.ts'

// What a statement does not say of its organization, a distributed database has to ask everywhere, and a stranger might see. Everything
// that this process sends to a database is noted as the driver gets it, whoever made it.

const prepare = vi.spyOn(Sqlite.prototype, 'prepare')
const send = vi.spyOn(pg.Client.prototype, 'query') as unknown as { mock: { calls: [string | { text?: string }][] } }
const app = await startApp()
const { store } = app.app.house
const isSqlite = store.dialect === 'sqlite'
// What goes to a reader worker.
const apart = (['rows', 'arrays', 'fold'] as const).map(way => vi.spyOn(store.apart, way))

function notedTexts(): string[] {
  const sent = send.mock.calls.map(([asked]) => (typeof asked === 'string' ? asked : (asked.text ?? '')))
  const texts = [...prepare.mock.calls.flat(), ...sent, ...apart.flatMap(({ mock }) => mock.calls.map(([{ sql }]) => sql))]
  return [...new Set(texts.map(plainText))]
}

/** Why these name no organization. Every other statement does. */
const exceptions: [text: string, reason: string][] = [
  ['select key from files where key in ($)', 'the sweep of leftover files knows their names, not whose they are'],
  ['select id from organizations limit $', 'is the database empty?'],
  ['select link_secret from organizations order by id limit $', 'the first organization marks whose the folder of files is'],
  ...(isSqlite ? ['call', 'deal', 'lead', 'ticket'] : []).flatMap((kind): [string, string][] => [
    [`replace into ${kind}_search (rowid, terms) values ($, …)`, 'its terms begin with the organization’s own'],
    [`insert into ${kind}_search (rowid, terms) values ($, …)`, 'its terms begin with the organization’s own']
  ])
]

interface Parameter {
  name: string
  in: 'path' | 'query'
  example?: string
  schema: { anyOf?: { const: string }[]; pattern?: string; minimum?: number }
}

/** What to ask of a parameter, so that every form of its condition is built: each word of a choice, a value, none. */
function valuesOf({ example = 'printer', schema: { anyOf, pattern, minimum } }: Parameter): string[] {
  if (anyOf) return anyOf.map(({ const: word }) => word)
  return [...(minimum === undefined ? [example] : [String(minimum)]), ...(pattern?.startsWith('^(0|') ? ['0'] : [])]
}

/** Each parameter alone with each of its values, and all at once. */
function queriesOf(parameters: Parameter[]): string[] {
  const asked = parameters.filter(parameter => parameter.in === 'query')
  const alone = asked.flatMap(parameter => valuesOf(parameter).map(value => [[parameter.name, value]]))
  const together = asked.map(parameter => [parameter.name, valuesOf(parameter)[0] as string])
  return ['', ...[...alone, together].map(pairs => `?${new URLSearchParams(pairs as [string, string][])}`)]
}

/** Every read, with all its parameters; gives each path that was asked with its status. */
async function readAll({ api, adminId }: TestOrganization, records: Records): Promise<[string, number][]> {
  const { lead, deal, one, note, service, call, customer } = records
  const ids: Record<string, number | string> = {
    ...{ staff_id: adminId, lead_id: lead.id, note_id: note.id, deal_id: deal.id, service_id: service.items_id },
    ...{ call_log_id: call.id, ticket_id: one.ticketid },
    ...{ '/api/v2/leads/:id': lead.id, '/api/v2/deals/:id': deal.id, '/api/v2/tickets/:id': one.tenant_ticket_id },
    ...{ '/api/v2/calls/:id': call.id, '/api/v2/customers/:id': customer.id }
  }
  const { paths } = (await api.get('/api/v1/openapi.json')).body
  const asked: [string, number][] = []
  for (const { method, url, permission } of app.app.http.routeList) {
    if (method !== 'GET' || permission === undefined) continue
    const path = url.replace(/:(\w+)/g, (_, name) => String(ids[name] ?? ids[url]))
    const { parameters = [] } = paths[url.replace('/api/v1', '').replace(/:(\w+)/g, '{$1}')]?.get ?? {}
    for (const query of queriesOf(parameters)) asked.push([path + query, (await api.get(path + query)).status])
  }
  const files = (await api.get(`/api/v1/leads/files/${lead.id}`)).body.data
  asked.push(['a link', (await fetch(files[0].url.replace(/^https?:\/\/[^/]+/, app.url))).status])
  return asked
}

/** Records with all that they can have, and what takes it away again. */
async function writeMuch({ api, ctx, adminId }: TestOrganization, { deal, one }: Records): Promise<[string, number][]> {
  const idOf = async (table: 'roles' | 'departments' | 'sources' | 'lead_types' | 'lead_statuses'): Promise<number> =>
    (await rows(ctx, table).select('id').executeTakeFirstOrThrow()).id
  const [role, departments] = [await idOf('roles'), await idOf('departments')]
  const [source_id, type_id, status_id] = [await idOf('sources'), await idOf('lead_types'), await idOf('lead_statuses')]
  const acting = { staff_id: adminId }
  const asked: [string, number][] = []
  const note = (path: string, { status, body }: Answer) => {
    asked.push([path, status])
    return body.data ?? body
  }
  const json = async (method: string, path: string, body: object) =>
    note(path, await api.json(method, `/api/v2${path}`, { ...acting, ...body }))
  const form = async (method: 'post' | 'put', path: string, fields: Parameters<typeof api.post>[1]) =>
    note(path, await api[method](`/api/v1${path}`, { ...acting, ...fields }))
  const who = { firstname: 'Jim', lastname: 'Doe', email: 'jim@example.com', role, departments }
  const { staffid } = await form('post', '/staff/create', who)
  await form('put', `/staff/update/${staffid}`, { firstname: 'Jim', status: 1, admin: 1, departments: 0 })
  await form('put', `/staff/update/${staffid}`, { firstname: 'Jim', status: 0, admin: 0, role: 0 })
  const contact = { first_name: 'Carla', last_name: 'Roe', email: 'carla@example.com', phone: '+49 30 5550102' }
  const customer = await json('POST', '/customers', { name: 'Acme', phone: '+49 30 5550101', contact })
  const chat = { id: 'c1', messages: [{ id: 'm1', created_at: '2024-03-01T10:00:00Z', text: 'Hello' }] }
  const whole = { ...{ type_id, status_id, assigned_id: adminId, phone: '+49 30 5550100', tags: ['a', 'b'] }, chat }
  const lead = await json('POST', '/leads', { name: 'Lena', source_id, ...whole, analytics: { city: 'Berlin' } })
  await json('PATCH', `/leads/${lead.id}`, { source: 'A fair', tags: [], chat: null, analytics: null, is_lost: true })
  const known = { provider_call_id: 'p1', direction: 'inbound', started_at: '2024-03-01T10:00:00Z' }
  await json('POST', '/calls', { ...known, phone: '+49 30 5550100', with_staff_id: adminId })
  const again = await json('POST', '/calls', { ...known, phone: '+49 30 5550102', ended_at: '2024-03-01T10:01:00Z' })
  await json('PATCH', `/calls/${again.id}`, { customer_id: customer.id, contact_id: customer.contact.id })
  await json('POST', '/calls', { ...known, provider_call_id: 'p2', phone: '+49 30 5550101' })
  await json('POST', '/calls', { ...known, provider_call_id: 'p3', phone: '+49 30 5550109', create_lead: true })
  const party = { rel_type: 'customer', rel_id: customer.id, tags: 'a,b', user_id: [String(adminId)], source_id }
  await form('put', `/deals/update-deals/${deal.id}`, { ...party, status: 'lost', lost_reason: 'Price' })
  await form('put', `/deals/update-deals/${deal.id}`, { rel_type: 'lead', rel_id: lead.id, tags: '', 'user_id[]': '' })
  await form('post', '/ticket/create', { subject: 'A', message: 'B', department: departments, priority: 1, assigned: adminId })
  for (const change of [{ status_id: 5 }, { replying_staff_id: adminId }, { subject: 'C', priority_id: null }])
    await json('PATCH', `/tickets/${one.tenant_ticket_id}`, change)
  await json('POST', `/tickets/${one.tenant_ticket_id}/replies`, { from: 'customer', message: 'D' })
  const limited = app.api(await createApp(ctx, { name: 'Of a contact', contactId: customer.contact.id }))
  note('of a contact', await limited.post('/api/v1/ticket/create', { subject: 'A', message: 'B' }))
  return asked
}

/** What no request asks for. */
async function keepHouse({ ctx }: TestOrganization): Promise<void> {
  const { clientId } = await createApp(ctx, { name: 'Short-lived' })
  await app.app.writeUsage()
  await listApps(ctx)
  await revokeApp(ctx, clientId)
  await app.files.plant(`ab/${'ab'.repeat(32)}`, new Date(0))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  await seedDemo(ctx, { leads: 20, tickets: 20, deals: 5, calls: 5 })
}

test('every statement is held to one organization, and these few are not', async () => {
  await createFirstOrganization(app.app.house, { name: 'First', email: 'first@example.com' })
  const org = await app.organization()
  const records = await makeRecords(org)
  const asked = await writeMuch(org, records)
  for (const [route, write] of Object.entries(writesOf(org, records))) asked.push([route, (await write()).status])
  asked.push(...(await readAll(org, records)))
  expect(asked.filter(([, status]) => status >= 300)).toEqual([])
  await keepHouse(org)
  const texts = notedTexts()
  const unheld = texts.filter(text => unheldTables(text).length > 0)
  expect(unheld.toSorted()).toEqual(exceptions.map(([text]) => text).sort())
})

test('a statement whose table is not held is told from one whose tables are', () => {
  for (const text of held) expect([text, unheldTables(text)]).toEqual([text, []])
  for (const [text, ...tables] of unheld) expect([text, unheldTables(text)]).toEqual([text, tables])
})

const held = [
  'select "id" from "tickets" where "organization_id" = $1 and "id" = $2',
  'select 1 from leads where (id = ? and (organization_id = +? and name = ?)) order by id',
  'select "t"."id" from "tickets" as "t" inner join "staff" on "staff"."organization_id" = "t"."organization_id" where "t"."organization_id" = $1',
  'select 1 from tickets left join staff on staff.organization_id = tickets.organization_id and staff.id = 1 where tickets.organization_id = $1',
  'select (select name from staff where staff.organization_id = leads.organization_id) from leads where leads.organization_id = $1',
  'with some as (select id from deals where organization_id = $1) select id from some',
  'select rowid from lead_search where lead_search match ?',
  'update "tickets" set "status_id" = $1 where "organization_id" = $2',
  'delete from deal_tags where deal_id = $1 and organization_id = $2 returning tag_id',
  'insert into "notes" ("organization_id", "lead_id") values ($1, $2), ($3, $4)',
  'begin; select link_secret from organizations where id = 12 for no key update',
  'select files.id from files inner join organizations on organizations.id = files.organization_id where files.organization_id = $1'
]

const unheld: [string, ...string[]][] = [
  ['select "id" from "tickets" where "id" = $1', 'tickets'],
  ['select id from tickets where organization_id = $1 or id = $2', 'tickets'],
  ['select id from tickets where not organization_id = $1', 'tickets'],
  ['select id from tickets where organization_id > $1', 'tickets'],
  ['select id from tickets where id in (select ticket_id from replies where organization_id = $1)', 'tickets'],
  ['select t.id from tickets as t, staff where t.organization_id = $1', 'staff'],
  ['select t.id from tickets t join staff on staff.id = t.assigned_id where t.organization_id = $1', 'staff'],
  [
    'select 1 from tickets left join staff on tickets.organization_id = $1 and staff.organization_id = tickets.organization_id',
    'tickets',
    'staff'
  ],
  ['select 1 from leads where organization_id = $1 union all select 1 from deals', 'deals'],
  ['select (select name from staff where staff.id = leads.assigned_id) from leads where leads.organization_id = $1', 'staff'],
  ['with some as (select id from deals) select id from some', 'deals'],
  ['select 1 from leads where exists (select 1 from notes where organization_id = leads.organization_id)', 'leads', 'notes'],
  ['update tickets set status_id = $1 where id = $2', 'tickets'],
  ['delete from deal_tags where deal_id = $1', 'deal_tags'],
  ['insert into notes (lead_id) values ($1)', 'notes without its organization'],
  ['copy notes (lead_id) from stdin', 'notes without its organization'],
  ["select id from tickets where subject = 'organization_id = 1'", 'tickets'],
  ['select id from organizations where name = $1', 'organizations']
]
