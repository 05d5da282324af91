import { request } from 'node:http'
import { expect, test } from 'vitest'
import { snapshot, startApp } from '../testing.ts'

// The manners of /api/v2 with bodies: JSON only, refused before it costs anything, every fault named in a plain sentence.

const app = await startApp()
const { api } = await app.organization()

const send = (path: string, body: string, type = 'application/json', method = 'POST') =>
  api.send(method, `/api/v2${path}`, { body, headers: { 'content-type': type } })
const post = (path: string, body: unknown) => send(path, JSON.stringify(body))

const names = (count: number): string => Array.from({ length: count }, (_, index) => `"n${index}":1`).join()
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const ticket = (await api.post('/api/v1/ticket/create', { subject: 'Printer', message: 'On fire' })).body.data.tenant_ticket_id
const replies = `/tickets/${ticket}/replies`

const hostile: [string, string, string, number][] = [
  ['more bytes than the route takes', '/customers', `{${names(500_000)}}`, 413],
  ['more levels than anybody needs', '/customers', nested(10_000), 422],
  ['lists in lists', '/customers', `${'['.repeat(32_000)}${']'.repeat(32_000)}`, 422],
  ['very many names on a route with room for a long text', replies, `{${names(400_000)}}`, 413],
  ['very many names on a route with room for a chat', '/leads', `{${names(50_000)}}`, 413],
  ['a list without end on a route with room for a chat', '/leads', `{"tags":[${'1,'.repeat(1_500_000)}1]}`, 413],
  ['many lists on a route with room for a chat', '/leads', `{"tags":[${'[],'.repeat(90_000)}[]]}`, 413],
  ['very many small objects', '/leads', `{"tags":[${'{"a":1},'.repeat(49_000)}1]}`, 422],
  ['as many unknown names as are looked at', '/customers', `{${names(500)}}`, 422]
]

test('what would take long to look through is refused at once, and changes nothing', async () => {
  await send('/leads', '{}')
  const before = await snapshot(app)
  const began = performance.now()
  for (const [name, path, body, status] of hostile) expect([name, (await send(path, body)).status]).toEqual([name, status])
  expect(performance.now() - began).toBeLessThan(1500)
  expect(await snapshot(app)).toBe(before)
})

test('a body beyond the room of its route is 413 and told the limit', async () => {
  const { status, body } = await post('/customers', { name: 'x'.repeat(70_000) })
  expect([status, body]).toEqual([413, { code: 'too_large', message: 'The body is larger than 65536 bytes' }])
})

test('the longest reply and the longest texts of a call are taken, though every sign of them is escaped', async () => {
  const escaped = (length: number): string => '\\u00e9'.repeat(length)
  const reply = await send(replies, `{"from":"staff","message":"${escaped(1_048_576)}"}`)
  expect([reply.status, reply.body.message.length]).toEqual([201, 1_048_576])
  const texts = `"summary":"${escaped(65_536)}","transcript":"${escaped(262_144)}"`
  const call = await send('/calls', `{"direction":"inbound","phone":"1","started_at":"2024-08-09T16:42:35Z",${texts}}`)
  expect([call.status, call.body.transcript.length]).toEqual([201, 262_144])
})

test('the longest chat is taken, and one wrong message in it is named', async () => {
  const message = (index: number) => ({ id: `${index}`, created_at: '2024-08-09T16:42:35Z', visibility: 'all', type: 'message' })
  const messages = Array.from({ length: 5000 }, (_, index) => ({
    ...message(index),
    author_id: '1',
    text: 'Hello',
    properties: { a: 1 }
  }))
  const taken = await post('/leads', { name: 'A', chat: { messages } })
  expect([taken.status, taken.body.chat.messages.length]).toEqual([201, 5000])
  const wrong = { ...message(5000), colour: 'red' }
  const { status, body } = await post('/leads', { name: 'A', chat: { messages: [...messages.slice(1), wrong] } })
  expect([status, body.fields]).toEqual([422, { 'chat.messages.4999.colour': 'is not a field here' }])
})

test('every unknown field is named beside everything else that is wrong', async () => {
  const unknown = Array.from({ length: 40 }, (_, index) => `unknown${index}`)
  const contact = { first_name: 'Jane', email: 7, colour: 'red' }
  const text = JSON.stringify({ ...Object.fromEntries(unknown.map(name => [name, 1])), phone: [], contact })
  const { status, body } = await send('/customers', `${text.slice(0, -1)},"__proto__":{"name":"A"},"constructor":1}`)
  expect(status).toBe(422)
  expect(new Map(Object.entries(body.fields))).toEqual(
    new Map([
      ...[...unknown, 'contact.colour', '__proto__', 'constructor'].map(name => [name, 'is not a field here'] as const),
      ['name', 'is required'],
      ['phone', 'must be text of at most 64 characters such as +1 555 0100 or null'],
      ['contact.last_name', 'is required'],
      ['contact.email', 'must be text of at most 191 characters such as jane@example.com']
    ])
  )
})

test('of more unknown fields than anybody reads a hundred are named, each by a short name', async () => {
  const { body } = await send('/customers', `{${names(400)}}`)
  expect(Object.keys(body.fields)).toHaveLength(100)
  const long = await post('/customers', { name: 'A', ['x'.repeat(50_000)]: 1 })
  expect([long.status, long.text.length < 1000]).toEqual([422, true])
})

test.each([
  ['/customers', [], 'body', 'must be a JSON object'],
  ['/customers', { name: ' ' }, 'name', 'must be text of 1 to 191 characters, not blank'],
  ['/customers', { name: 'A', contact: 'Jane' }, 'contact', 'must be a JSON object'],
  ['/customers', { name: 'A', staff_id: '1' }, 'staff_id', 'must be a whole number from 1'],
  [replies, { message: 'A', from: 'me' }, 'from', 'must be "staff" or "customer"'],
  [
    replies,
    { message: 'A', from: 'customer', email: 'x' },
    'email',
    'must be an e-mail address such as jane@example.com of at most 191 characters'
  ],
  ['/leads', { name: 'A', is_lost: 1 }, 'is_lost', 'must be true or false'],
  ['/leads', { name: 'A', status_id: 0 }, 'status_id', 'must be a whole number from 1 or null'],
  ['/leads', { name: 'A', chat: 1 }, 'chat', 'must be a JSON object or null'],
  ['/leads', { name: 'A', analytics: { latitude: 91 } }, 'analytics.latitude', 'must be a number from -90 to 90 or null'],
  ['/leads', { name: 'A', tags: 'a' }, 'tags', 'must be a list of at most 100'],
  ['/leads', { name: 'A', tags: ['a,b'] }, 'tags.0', 'must be text of 1 to 191 characters, without a comma'],
  [
    '/leads',
    { name: 'A', chat: { started_at: 'today' } },
    'chat.started_at',
    'must be a time with seconds and a zone, such as 2024-08-09T16:42:35.000Z or null'
  ],
  [
    '/leads',
    { name: 'A', value: { amount: '1.001', currency: 'USD' } },
    'value.amount',
    'must be text such as 10.00, with at most two decimals, up to 9999999999999.99'
  ],
  [
    '/leads',
    { name: 'A', value: { amount: '1', currency: 'usd' } },
    'value.currency',
    'must be text such as USD, three capital letters'
  ]
])('to %s %j is told: %s %s', async (path, body, field, message) => {
  const answer = await post(path, body)
  expect([answer.status, answer.body]).toEqual([
    422,
    { code: 'unprocessable', message: `${field} ${message}`, fields: { [field]: message } }
  ])
})

test('a change of nothing is told what is missing', async () => {
  const { status, body } = await send(`/tickets/${ticket}`, '{}', 'application/json', 'PATCH')
  expect([status, body.fields]).toEqual([422, { body: 'must have at least one field' }])
})

test.each(['{"name":', '{"name":"A"}}', 'undefined', ''])('a body that is no JSON is 400: %s', async text => {
  const { status, body } = await send('/customers', text)
  expect([status, body]).toEqual([400, { code: 'invalid_request', message: 'The body is not valid JSON' }])
})

test('a body that is no UTF-8 is 400', async () => {
  const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')]) as unknown as string
  expect((await send('/customers', body)).body).toEqual({ code: 'invalid_request', message: 'The body is not valid UTF-8' })
})

const refusal = { code: 'unsupported_media_type', message: 'A body is taken here as application/json only' }
const writing = app.app.http.routeList.filter(({ method, url }) => url.startsWith('/api/v2') && !['GET', 'HEAD'].includes(method))

test.each([
  'text/plain',
  'text/plain; charset=utf-8',
  'application/xml',
  'application/jsonx',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'nonsense'
])('a body of type %s is 415 on every route, and changes nothing', async type => {
  const before = await snapshot(app)
  for (const { method, url } of writing) {
    const { status, body } = await send(url.slice('/api/v2'.length).replace(':id', ticket), '{"name":"A"}', type, method)
    expect([url, status, body]).toEqual([url, 415, refusal])
  }
  expect(await snapshot(app)).toBe(before)
})

test('a body of another type is 415 where none is read, and one without a type or compressed everywhere', async () => {
  const { clientId, accessToken } = api.credentials
  const ask = (method: string, path: string, headers: Record<string, string>) =>
    new Promise<[number | undefined, unknown]>((resolve, reject) => {
      const asking = request(`${app.url}/api/v2${path}`, { method, auth: `${clientId}:${accessToken}`, headers }, async answer =>
        resolve([answer.statusCode, JSON.parse((await answer.toArray()).join(''))])
      )
      asking.on('error', reject).end('{"name":"A"}')
    })
  expect(await ask('GET', `/tickets/${ticket}`, { 'content-type': 'text/plain', 'content-length': '12' })).toEqual([415, refusal])
  expect(await ask('POST', '/customers', { 'content-length': '12' })).toEqual([415, refusal])
  expect(await ask('POST', '/customers', { 'transfer-encoding': 'chunked' })).toEqual([415, refusal])
  const compressed = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  expect((await ask('POST', '/customers', compressed))[0]).toBe(415)
})
