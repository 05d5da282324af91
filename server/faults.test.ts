import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { makeDatabase } from './database.testing.ts'
import { openStore } from './db/open.ts'
import { type Answer, makeDeal, makeLead, startApp, type TestOrganization } from './testing.ts'

// What happens at once, and what is told to stop: nothing acknowledged is lost.

const app = await startApp()
const create = '/api/v1/ticket/create'
const ticket = { subject: 'Printer', message: 'On fire' }

test('of writes that share a commit a failing one is undone alone', async () => {
  const { api } = await app.organization()
  const forms = Array.from({ length: 20 }, (_, index) => ({ ...ticket, ...(index % 2 && { department: '99999' }) }))
  const statuses = (await Promise.all(forms.map(form => api.post(create, form)))).map(({ status }) => status)
  expect(statuses).toEqual(forms.map((_, index) => (index % 2 ? 422 : 200)))
  const { body } = await api.get('/api/v1/ticket/list')
  expect(body.data.map((row: { ticketid: string }) => Number(row.ticketid)).sort((a: number, b: number) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ])
})

/** From the next commit on every read outside of a transaction fails as on a broken disk; gives what mends it. */
function breakReadsAfterCommit(): () => void {
  const { store } = app.app.house
  const { reader, transact } = store
  const whole = { ...reader }
  const code = store.dialect === 'sqlite' ? 'SQLITE_IOERR' : '58030'
  const fail = (): never => {
    throw Object.assign(new Error('disk I/O error'), { code })
  }
  const broken = { all: async () => fail(), arrays: async () => fail(), kysely: new Proxy({}, { get: fail }) }
  store.transact = async (verb, organizationId) => {
    const result = await transact(verb, organizationId)
    Object.assign(reader, broken)
    return result
  }
  return () => Object.assign(store, { transact, reader: Object.assign(reader, whole) })
}

/** Every write of both APIs, by its route. */
async function writesOf(org: TestOrganization): Promise<Record<string, () => Promise<Answer>>> {
  const { api, adminId } = org
  const data = async (asked: Promise<Answer>) => (await asked).body.data
  const [{ id: lead }, deal] = [await makeLead(org), await makeDeal(org)]
  const [one, two] = [await data(api.post(create, ticket)), await data(api.post(create, ticket))]
  const note = await data(api.post('/api/v1/leads/notes/create', { lead_id: lead, description: 'A' }))
  const comment = await data(api.post('/api/v1/deals/comments/create', { deal_id: deal.id, content: 'A' }))
  const item = { item_name: 'A', unit_cost: '1', quantity: '1' }
  const service = await data(api.post('/api/v1/deals/services/create', { deal_id: deal.id, ...item }))
  const file = new File(['A'], 'a.txt')
  const attachment = await data(api.post('/api/v1/deals/attachments/create', { deal_id: deal.id, file }))
  const { pipeline_id, stage_id } = deal
  const newDeal = { title: 'New', deal_value: '1', pipeline_id, stage_id, default_deal_owner: adminId }
  const call = { direction: 'inbound', phone: '1', started_at: '2024-08-09T16:42:35Z' }
  const { id: callId } = (await api.json('POST', '/api/v2/calls', call)).body
  const v1 = (method: 'post' | 'put', path: string, form: Parameters<typeof api.post>[1]) => () =>
    api[method](`/api/v1${path}`, form)
  const v2 = (method: string, path: string, body: object) => () => api.json(method, `/api/v2${path}`, body)
  const jane = { firstname: 'Jane', lastname: 'Doe', email: 'jane@example.com', password: 'seven blue herons' }
  return {
    'POST /api/v1/staff/create': v1('post', '/staff/create', jane),
    'PUT /api/v1/staff/update/:staff_id': v1('put', `/staff/update/${adminId}`, { firstname: 'Joan', status: '1' }),
    'POST /api/v1/leads/notes/create': v1('post', '/leads/notes/create', { lead_id: lead, description: 'B' }),
    'PUT /api/v1/leads/notes/update/:note_id': v1('put', `/leads/notes/update/${note.id}`, { description: 'B' }),
    'POST /api/v1/leads/files/upload': v1('post', '/leads/files/upload', { lead_id: lead, file }),
    'POST /api/v1/ticket/create': v1('post', '/ticket/create', { ...ticket, 'attachments[]': file }),
    'POST /api/v1/deals/save-deals': v1('post', '/deals/save-deals', newDeal),
    'PUT /api/v1/deals/update-deals/:deal_id': v1('put', `/deals/update-deals/${deal.id}`, { notes: 'B' }),
    'POST /api/v1/deals/comments/create': v1('post', '/deals/comments/create', { deal_id: deal.id, content: 'B', file }),
    'PUT /api/v1/deals/comments/update/:comment_id': v1('put', `/deals/comments/update/${comment.id}`, { content: 'B' }),
    'POST /api/v1/deals/services/create': v1('post', '/deals/services/create', { deal_id: deal.id, ...item }),
    'PUT /api/v1/deals/services/update/:service_id': v1('put', `/deals/services/update/${service.items_id}`, { unit_cost: '2' }),
    'POST /api/v1/deals/attachments/create': v1('post', '/deals/attachments/create', { deal_id: deal.id, file }),
    'DELETE /api/v1/deals/attachments/delete/:attachment_id': () =>
      api.send('DELETE', `/api/v1/deals/attachments/delete/${attachment.id}`),
    'POST /api/v2/customers': v2('POST', '/customers', { name: 'Acme' }),
    'POST /api/v2/leads': v2('POST', '/leads', { name: 'Lena', tags: ['new'] }),
    'PATCH /api/v2/leads/:id': v2('PATCH', `/leads/${lead}`, { name: 'Lea' }),
    'PATCH /api/v2/tickets/:id': v2('PATCH', `/tickets/${one.tenant_ticket_id}`, { status_id: 2 }),
    'POST /api/v2/tickets/:id/replies': v2('POST', `/tickets/${one.tenant_ticket_id}/replies`, { from: 'staff', message: 'B' }),
    'PUT /api/v2/tickets/:id/merger': v2('PUT', `/tickets/${one.tenant_ticket_id}/merger`, {
      into_id: Number(two.tenant_ticket_id)
    }),
    'POST /api/v2/calls': v2('POST', '/calls', call),
    'PATCH /api/v2/calls/:id': v2('PATCH', `/calls/${callId}`, { purpose: 'B' })
  }
}

test('what was saved is answered as saved, though nothing can be read after the commit', async () => {
  const writes = await writesOf(await app.organization())
  const routes = app.app.http.routeList.filter(({ method }) => !['GET', 'HEAD'].includes(method))
  expect(Object.keys(writes).sort()).toEqual(routes.map(({ method, url }) => `${method} ${url}`).sort())
  for (const [route, ask] of Object.entries(writes)) {
    const mend = breakReadsAfterCommit()
    const { status, text } = await ask().finally(mend)
    expect([route, status < 300, status < 300 || text]).toEqual([route, true, true])
  }
})

test('told to stop, the process finishes what is under way, refuses the rest and exits with 0', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'liveforce-stop-'))
  const database = await makeDatabase({ empty: true })
  afterAll(async () => {
    await database?.drop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const own = { DATA_DIR: dataDir, DATABASE_URL: database?.url ?? '', PORT: '0', LOG_LEVEL: 'silent', BASE_URL: '' }
  const env = { ...process.env, ...own }
  const server = spawn(process.execPath, [join(import.meta.dirname, 'cli/liveforce.ts'), 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const printed = await readUntil(server.stdout, /^curl .*$/m)
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] as string
  const user = /-u '?"?(lf_\d+_\w+:[\w-]+)/.exec(printed)?.[1] as string
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`
  const post = () =>
    fetch(`${address}${create}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(ticket)
    })
  const underWay = Array.from({ length: 20 }, post)
  await Promise.race(underWay)
  server.kill('SIGTERM')
  const settled = await Promise.allSettled(underWay)
  const [code] = await once(server, 'exit')
  expect(code).toBe(0)
  await expect(fetch(`${address}/healthz`)).rejects.toThrow()
  const store = openStore(readConfig(own).database)
  const saved = await store.reader.all('select id from tickets', [])
  await store.close()
  const acknowledged = settled.filter(one => one.status === 'fulfilled' && one.value.status === 200).length
  expect(saved).toHaveLength(acknowledged)
})

async function readUntil(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const piece of stream) {
    text += piece
    if (pattern.test(text)) return text
  }
  throw new Error(`The process ended before it printed ${pattern}: ${text}`)
}
