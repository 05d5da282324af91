import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { type Answer, snapshot, startApp } from './testing.ts'

// Bad input gets a clear error that names the field; nothing is half saved; nothing tells of the inside.

const app = await startApp()
const create = '/api/v1/ticket/create'
const { api } = await app.organization()

const stored = async (): Promise<string> => (await snapshot(app)) + (await app.files.names()).join()

/** The answer is this refusal, tells nothing of the inside, and changed nothing. */
async function refused(status: number, fields: string[] | undefined, ask: () => Promise<Answer>): Promise<Answer> {
  const before = await stored()
  const answer = await ask()
  expect(answer.status, answer.text).toBe(status)
  if (fields) expect(Object.keys(answer.body.error.fields).sort()).toEqual(fields.toSorted())
  expect(answer.text).not.toMatch(/sqlite|select |insert |\.ts\b|node_modules| {4}at |\/tmp\//i)
  expect(answer.headers.get('x-request-id')).toBeTruthy()
  expect(await stored()).toBe(before)
  return answer
}

const good = { subject: 'Printer', message: 'On fire' }

test.each([
  ['a missing subject', { message: 'x' }, ['subject']],
  ['an empty subject', { ...good, subject: '' }, ['subject']],
  ['a blank subject', { ...good, subject: ' \t\u00a0\n ' }, ['subject']],
  ['nothing at all', {}, ['message', 'subject']],
  ['a subject of 192 characters', { ...good, subject: 'x'.repeat(192) }, ['subject']],
  ['a subject of 192 characters beyond the basic plane', { ...good, subject: '😀'.repeat(192) }, ['subject']],
  ['a subject of 1.9 MB', { ...good, subject: 'x'.repeat(1_900_000) }, ['subject']],
  ['a message of more than 1 MiB', { ...good, message: 'é'.repeat(600_000) }, ['message']],
  ['NUL', { ...good, subject: 'a\0b' }, ['subject']],
  ['an array', { message: 'x', 'subject[]': 'x' }, ['subject']],
  ['an object', { message: 'x', 'subject[a]': 'x' }, ['subject']],
  ['a repeated field', { ...good, subject: ['a', 'b'] }, ['subject']],
  ['a file for a text', { ...good, subject: new Blob(['x']) }, ['subject']],
  ['a text for a file', { ...good, attachments: 'x' }, ['attachments']],
  ['an unknown staff member', { ...good, staff_id: '999999' }, ['staff_id']],
  ['an unknown department', { ...good, department: '999999', priority: '9' }, ['department', 'priority']],
  ['an e-mail that is none', { ...good, email: 'jane' }, ['email']]
] as const)('%s is 422 and names the field', async (_name, form, fields) => {
  await refused(422, [...fields], () => api.post(create, form as never))
})

test('a subject of 10 MB is 413', async () => {
  await refused(413, undefined, () => api.post(create, { ...good, subject: 'x'.repeat(10_000_000) }))
  await refused(413, undefined, () => api.json('POST', create, { ...good, subject: 'x'.repeat(10_000_000) }))
})

test.each([
  ['array', ['x']],
  ['object', { a: 1 }],
  ['nothing', null],
  ['a lone surrogate', 'a\ud800b'],
  ['NUL', 'a\0b']
])('JSON: a subject that is %s is 422', async (_name, subject) => {
  const text = JSON.stringify({ message: 'x', subject })
  await refused(422, ['subject'], () => api.send('POST', create, { body: text, headers: { 'content-type': 'application/json' } }))
})

test.each(['{"subject":', '[]', '"text"', '17', 'null', 'undefined', '{"a":1}}'])(
  'a body that is no JSON object is 400: %s',
  async body => {
    await refused(400, undefined, () => api.send('POST', create, { body, headers: { 'content-type': 'application/json' } }))
  }
)

test('an array of 300,000 is 413, and the name of an ignored field may be anything', async () => {
  await refused(413, undefined, () => api.json('POST', create, { ...good, a: Array.from({ length: 300_000 }, () => 1) }))
  const { status, headers } = await api.post(create, { ...good, [`${'b'.repeat(63)}😀`]: '1' })
  expect(status).toBe(200)
  expect(headers.get('liveforce-ignored')).toContain('bbb')
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${'é'.repeat(60)}${index}`, '1']))
  expect((await api.post(create, { ...good, ...many })).headers.get('liveforce-ignored')?.length).toBeLessThan(2500)
})

test('long names of a staff member make no ticket fail', async () => {
  const names = { firstname: 'f'.repeat(191), lastname: 'l'.repeat(191), email: 'long@example.com' }
  const { body } = await api.post('/api/v1/staff/create', names)
  const ticket = await api.post(create, { ...good, staff_id: body.data.staffid })
  expect(ticket.status).toBe(200)
  const reply = { message: 'x', from: 'staff', staff_id: Number(body.data.staffid) }
  expect((await api.json('POST', `/api/v2/tickets/${ticket.body.data.tenant_ticket_id}/replies`, reply)).status).toBe(201)
})

test('a tag list made to be slow is refused at once', async () => {
  const { status } = await api.json('POST', '/api/v2/leads', { name: 'x', tags: [`${'a'.repeat(60_000)},`] })
  expect(status).toBe(422)
}, 5000)

test.each(['9999-12-31T23:59:59-23:59', '1899-12-31T23:59:59Z'])(
  'the time %s, which cannot be shown, is 422',
  async started_at => {
    const { status } = await api.json('POST', '/api/v2/leads', { name: 'far', chat: { started_at } })
    expect(status).toBe(422)
  }
)

test('right-to-left marks and every kind of letter are kept as sent', async () => {
  const subject = '\u202eمرحبا\u200f 你好 Ünïcödé 😀'
  const { body } = await api.post(create, { subject, message: 'نص\u0301' })
  expect(body.data).toMatchObject({ subject, message: 'نص\u0301' })
})

test('a subject of 191 characters beyond the basic plane is taken whole', async () => {
  const { body } = await api.post(create, { ...good, subject: '😀'.repeat(191) })
  expect([...body.data.subject]).toHaveLength(191)
})

test('invalid UTF-8 is refused in every encoding', async () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x41])
  const multipart = Buffer.concat([
    Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="message"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name="subject"\r\n\r\n'
    ),
    bytes,
    Buffer.from('\r\n--b--\r\n')
  ])
  const send = (body: Buffer | string, type: string) => () =>
    api.send('POST', create, { body: body as string, headers: { 'content-type': type } })
  await refused(422, ['subject'], send(multipart, 'multipart/form-data; boundary=b'))
  await refused(400, undefined, send(Buffer.concat([Buffer.from('{"subject":"'), bytes, Buffer.from('"}')]), 'application/json'))
  await refused(400, undefined, send(Buffer.concat([Buffer.from('subject='), bytes]), 'application/x-www-form-urlencoded'))
  await refused(400, undefined, send('subject=%ff&message=x', 'application/x-www-form-urlencoded'))
})

test('unknown fields are ignored, named in the answer, never stored', async () => {
  const before = await snapshot(app)
  const form = {
    ...good,
    colour: 'red',
    'size[a]': '1',
    __proto__x: '1',
    'constructor[prototype][admin]': '1',
    status: 'Closed',
    ticketid: '77',
    id: '5'
  }
  const { status, headers, body } = await api.post(create, form)
  expect(status).toBe(200)
  const ignored = headers.get('liveforce-ignored')?.split(', ').map(decodeURIComponent)
  expect(ignored).toEqual(['colour', 'size[a]', '__proto__x', 'constructor[prototype][admin]', 'status', 'ticketid', 'id'])
  expect(body.data).toMatchObject({ status: 'Open', status_id: '1' })
  expect(body.data.ticketid).not.toBe('77')
  expect((await snapshot(app)).length - before.length).toBeGreaterThan(0)
  expect(await snapshot(app)).not.toContain('"red"')
})

test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
  '%s is a field like any unknown one',
  async name => {
    const text = `{"subject":"a","message":"b","${name}":{"admin":true},"${name}2":"x"}`
    const { status, headers } = await api.send('POST', create, { body: text, headers: { 'content-type': 'application/json' } })
    expect(status).toBe(200)
    expect(headers.get('liveforce-ignored')).toContain(name)
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    if (!name.startsWith('_')) await refused(400, [name], () => api.get(`/api/v1/ticket/list?${name}=1`))
  }
)

test.each([
  ['foo=1', ['foo']],
  ['page=0', ['page']],
  ['page=-1', ['page']],
  ['page=1e3', ['page']],
  ['page=1&page=2', ['page']],
  ['limit=0', ['limit']],
  ['limit=501', ['limit']],
  ['limit=1000000', ['limit']],
  ['limit=abc&page=x', ['limit', 'page']],
  ['page=1001&limit=100', ['page']],
  ['status_id=abc', ['status_id']],
  ["status_id=1'", ['status_id']],
  ['status_id=0', ['status_id']],
  ['assigned=-1', ['assigned']],
  ['start_date=2024-02-30', ['start_date']],
  ['start_date=13-08-24', ['start_date']],
  ['end_date=1e30', ['end_date']],
  ['with_total=2', ['with_total']],
  ['search=a%00b', ['search']]
])('a list asked with %s is 400 and names it', async (query, fields) => {
  await refused(400, fields, () => api.get(`/api/v1/ticket/list?${query}`))
})

test('more than 200 parameters are 400 everywhere, and none is dropped before', async () => {
  const query = (count: number): string => `${'_=1&'.repeat(count)}page=0`
  await refused(400, ['page'], () => api.get(`/api/v1/ticket/list?${query(199)}`))
  for (const path of ['/api/v1/ticket/list', '/api/v2/tickets/1', '/healthz', '/files/1/1', '/docs']) {
    const { status, body } = await api.get(`${path}?${query(200)}`)
    expect([path, status, body.message]).toEqual([path, 400, 'The address has more than 200 parameters'])
  }
})

test('parameters that begin with an underscore are let through', async () => {
  expect((await api.get('/api/v1/ticket/list?_=1700000000&_cache=x')).status).toBe(200)
})

test.each(['0', '-1', 'abc', '1e30', "1'", '1%27', '01', '+1', '1.0', '%20', '12345678901234567'])(
  'the path id %s is 400',
  async id => {
    await refused(400, ['ticket_id'], () => api.get(`/api/v1/ticket/details/${id}`))
  }
)

test('an id beyond what a number holds is a row that does not exist', async () => {
  await refused(404, undefined, () => api.get('/api/v1/ticket/details/9007199254740993'))
  await refused(404, undefined, () => api.get('/api/v1/ticket/details/9999999999999999'))
})

const evil = [
  "' or 1=1 --",
  '" OR ""="',
  '*',
  'a*',
  'NEAR(a b)',
  'AND',
  'subject:x',
  '%',
  '_',
  '\\',
  ')',
  '"',
  '^a',
  '{a}',
  'a" OR b',
  '-a',
  '🙂',
  'x'.repeat(200)
]
test.each(evil)('a search for %s is plain text', async search => {
  const { status } = await api.get(`/api/v1/ticket/list?search=${encodeURIComponent(search)}`)
  expect(status).toBe(200)
})

test.each(['text/plain', 'application/xml', 'image/png', 'multipart/mixed; boundary=x', 'nonsense', 'application/jsonx'])(
  'a body of type %s is 415',
  async type => {
    await refused(415, undefined, () => api.send('POST', create, { body: 'x', headers: { 'content-type': type } }))
  }
)

test('a compressed body is 415', async () => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  await refused(415, undefined, () => api.send('POST', create, { body: 'x', headers }))
})

const part = (name: string, value: string): string => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
test.each([
  ['no boundary', 'multipart/form-data', part('subject', 'x')],
  ['an empty boundary', 'multipart/form-data; boundary=', part('subject', 'x')],
  ['no closing boundary', 'multipart/form-data; boundary=b', part('subject', 'x') + part('message', 'y')],
  ['an end in the middle of a header', 'multipart/form-data; boundary=b', `${part('subject', 'x')}--b\r\nContent-Dispo`],
  ['another boundary', 'multipart/form-data; boundary=c', `${part('subject', 'x')}--b--\r\n`],
  ['no body', 'multipart/form-data; boundary=b', '']
])('multipart with %s is 400', async (_name, type, body) => {
  await refused(400, undefined, () => api.send('POST', create, { body, headers: { 'content-type': type } }))
})

test('10,000 parts are 413', async () => {
  const body = `${part('subject', 'x')}${part('x', 'y').repeat(10_000)}--b--\r\n`
  await refused(413, undefined, () =>
    api.send('POST', create, { body, headers: { 'content-type': 'multipart/form-data; boundary=b' } })
  )
})

test('many parts of much text are 413 however they are cut', async () => {
  const body = `${part('x', 'y'.repeat(1_000_000)).repeat(12)}--b--\r\n`
  await refused(413, undefined, () =>
    api.send('POST', create, { body, headers: { 'content-type': 'multipart/form-data; boundary=b' } })
  )
})

test('eleven files where ten are taken are 413 and none stays', async () => {
  const attachments = Array.from({ length: 11 }, () => new File(['x'], 'a.txt'))
  await refused(413, undefined, () => api.post(create, { ...good, 'attachments[]': attachments }))
})

test('a file beside a field that is refused leaves no file and no row', async () => {
  await refused(422, ['subject'], () => api.post(create, { message: 'x', 'attachments[]': new File(['x'], 'a.txt') }))
  await refused(422, ['department'], () =>
    api.post(create, { ...good, department: '99999', 'attachments[]': new File(['x'], 'a.txt') })
  )
})

test.each(['a.exe', 'run.sh', '.htaccess', 'x.php', 'invoice.pdf.js'])('the program %s is refused', async name => {
  await refused(422, ['attachments'], () => api.post(create, { ...good, 'attachments[]': new File(['x'], name) }))
})

const basic = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`
const { clientId, accessToken } = api.credentials
test.each([
  ['none', ''],
  ['an empty scheme', 'Basic'],
  ['empty ones', 'Basic '],
  ['an empty pair', basic(':')],
  ['an empty token', basic(`${clientId}:`)],
  ['no colon', basic(clientId)],
  ['no Base64', 'Basic %%%'],
  ['plain text', `Basic ${clientId}:${accessToken}`],
  ['not UTF-8', basic(Buffer.from([0xff, 0xfe, 0x3a, 0xff]))],
  ['a trailing space', basic(`${clientId}:${accessToken} `)],
  ['a trailing newline', basic(`${clientId}:${accessToken}\n`)],
  ['the token of nobody', basic(`lf_1_000000000000000000:${accessToken}`)],
  ['a long token', basic(`${clientId}:${'x'.repeat(9000)}`)],
  ['another case', basic(`${clientId.toUpperCase()}:${accessToken}`)],
  ['an unknown organization', basic(`lf_999999_${clientId.split('_')[2]}:${accessToken}`)],
  ['the word null', basic('null:null')],
  ['a bearer token on the contract', `Bearer ${clientId}.${accessToken}`]
])('credentials that are %s are 401', async (_name, authorization) => {
  const headers: Record<string, string> = authorization === '' ? {} : { authorization }
  const response = await fetch(`${app.url}/api/v1/ticket/list`, { headers })
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
  expect(await response.json()).toMatchObject({ error: { code: 4004, type: 'UNAUTHORIZED_ACCESS' } })
})

/** Sends bytes and gives what comes back until the server is done or `hangUp` is over. */
function raw(bytes: (string | Buffer)[], hangUp = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(app.url)
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    socket.on('data', data => {
      answer += data.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', error => (answer ? resolve(answer) : reject(error)))
    for (const part of bytes) socket.write(part)
    if (hangUp) socket.end(() => socket.destroy())
  })
}

test('credentials of 1 MB are refused before they are read', async () => {
  const answer = await raw([
    `GET /api/v1/ticket/list HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Basic ${'A'.repeat(1_000_000)}\r\n\r\n`
  ])
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).toContain('"error"')
})

test('a client that hangs up in the middle of an upload leaves nothing', async () => {
  const before = await stored()
  const head = `POST ${create} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic(`${clientId}:${accessToken}`)}\r\n`
  const body = `${part('subject', 'Cut')}${part('message', 'off')}--b\r\nContent-Disposition: form-data; name="attachments[]"; filename="a.bin"\r\n\r\n`
  await raw(
    [`${head}content-type: multipart/form-data; boundary=b\r\ncontent-length: 9000000\r\n\r\n`, body, Buffer.alloc(200_000)],
    true
  ).catch(() => '')
  await expect.poll(stored, { timeout: 20_000 }).toBe(before)
})

test('broken HTTP is 400, never a crash', async () => {
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /\0 HTTP/1.1\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`
  ]) {
    expect(await raw([bytes])).toMatch(/^HTTP\/1\.1 4\d\d /)
  }
  expect((await api.get('/api/v1/ticket/statuses')).status).toBe(200)
})

test.each([
  '/api/v1/ticket/details/%',
  '/api/v1/ticket/details/%ff',
  '/api/v1/ticket/list?search=%ff',
  `/api/v1/ticket/details/${'1'.repeat(3000)}`
])('the address %s is 4xx', async path => {
  const { status } = await api.get(path)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
})
