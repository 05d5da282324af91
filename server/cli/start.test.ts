import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { basic, listed, newFolder, parseCurl, quiet, run, start, stop } from './cli.testing.ts'

test('the first start prints the address, credentials and a line that opens a ticket; a later one only the address', async () => {
  const env = { ...(await quiet()), LOG_LEVEL: 'debug' }
  const { url, child, output } = await start(env)
  const { url: address, user, form } = parseCurl(output.stdout)
  expect(address).toBe(`${url}/api/v1/ticket/create`)
  const answer = await fetch(address, { method: 'POST', headers: basic(user), body: form })
  const { data, message } = (await answer.json()) as { data: { ticketid: string; subject: string }; message: string }
  expect([answer.status, message, data.ticketid, data.subject]).toEqual([200, 'success', '1', form.get('subject')])
  const [clientId, token] = user.split(':') as [string, string]
  for (const pattern of [/e-mail +admin@example\.com$/m, /password +[\w-]{16}$/m, new RegExp(`client_id +${clientId}$`, 'm')])
    expect(output.stdout).toMatch(pattern)
  expect(await stop(child)).toBe(0)
  const log = output.stdout.split('\n').filter(line => line.startsWith('{'))
  expect(log.length).toBeGreaterThan(0)
  expect(log.join() + output.stderr).not.toContain(token)

  const later = await start({ ...env, LOG_LEVEL: 'silent' })
  expect(later.output).toEqual({ stdout: `Liveforce is running at ${later.url}\n`, stderr: '' })
  expect((await listed(later.url, user)).status).toBe(200)
})

test('with PORT=0 links begin with the true port, and without a command it starts', async () => {
  const { url } = await start(await quiet(), [])
  const { servers } = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as { servers: { url: string }[] }
  expect(servers[0]?.url).toContain(url)
})

test('of processes that start at once on an empty database one creates the organization, and all serve', async () => {
  const env = await quiet()
  const servers = await Promise.all([start(env), start(env), start(env)])
  const first = servers.filter(({ output }) => output.stdout.includes('curl '))
  expect(first).toHaveLength(1)
  const { user } = parseCurl(first[0]!.output.stdout)
  for (const { url } of servers) expect((await listed(url, user)).status).toBe(200)
})

test('an address that is in use is named with PORT, and the first start is still to come', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const env = await quiet()
  const PORT = String((taken.address() as AddressInfo).port)
  const { code, stdout, stderr } = await run(['start'], { ...env, PORT })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(new RegExp(`^error: PORT ${PORT} .*\\n$`))
  taken.close()
  parseCurl((await start(env)).output.stdout)
})

test.each([
  ['PORT', 'abc'],
  ['PORT', '65536'],
  ['HOST', 'a b'],
  ['RATE_LIMIT', 'x'],
  ['BASE_URL', 'ftp://example.com'],
  ['MAX_UPLOAD_MB', '0'],
  ['TRUST_PROXY', 'everybody'],
  ['LOG_LEVEL', 'loud'],
  ['FILES_URL', 'ftp://files.example.com'],
  ['FILES_URL', 'data/files'],
  ['FILES_URL', 'file:///a%2Fb'],
  ['FILES_URL', 's3://files'],
  ['FILES_URL', 's3://Files?region=eu-central-1'],
  ['FILES_URL', 's3://files/a%20b?region=eu-central-1'],
  ['FILES_URL', 's3://files?region=eu-central-1&acl=public'],
  ['FILES_URL', 's3://files?endpoint=files.example.com'],
  ['FILES_URL', 's3://root:secret@files?region=eu-central-1'],
  ['FILES_URL', 's3://files?endpoint=https://root:secret@files.example.com'],
  ['DATABASE_URL', 'mysql://root:secret@db.example.com/crm'],
  ['DATABASE_URL', 'postgres://crm:my/secret@db.example.com/crm'],
  ['DATABASE_URL', 'postgres://crm:12/secret@db.example.com/crm'],
  ['DATABASE_URL', 'postgres://crm:my#secret@db.example.com/crm'],
  ['DATABASE_URL', 'postgres://crm:50%secret@db.example.com/crm'],
  ['DATABASE_URL', 'postgres://crm:%ff-secret@db.example.com/crm'],
  ['DATABASE_URL', 'postgres://crm@db.example.com/crm?password=secret&sslmode=prefer'],
  ['DATABASE_URL', 'postgres://db.example.com'],
  ['DATABASE_CONNECTIONS', '0']
])('a wrong %s (%s) is named in one line, and makes nothing', async (name, value) => {
  const folder = await newFolder()
  for (const words of [['start'], ['migrate', '--json']]) {
    const { code, stdout, stderr } = await run(words, { DATA_DIR: join(folder, 'data'), [name]: value })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(new RegExp(`^error: ${name} .*\\n$`))
    expect(stderr).not.toContain('secret')
  }
  expect(await readdir(folder)).toEqual([])
})

test('start --demo fills the organization whose credentials it prints; later it only says how to', async () => {
  const env = await quiet()
  const { url, child, output } = await start(env, ['start', '--demo'])
  const { user } = parseCurl(output.stdout)
  const totalOf = async (path: string): Promise<number> => {
    const answer = await fetch(`${url}/api/v1${path}?with_total=1&limit=1`, { headers: basic(user) })
    return ((await answer.json()) as { meta: { total: number } }).meta.total
  }
  const totals = await Promise.all(['/leads/list', '/ticket/list', '/deals/list', '/call-logs/list', '/staff/list'].map(totalOf))
  expect(totals).toEqual([2000, 300, 150, 1000, 9])
  await stop(child)
  const later = await start(env, ['start', '--demo'])
  expect(later.output.stdout).toBe(`Liveforce is running at ${later.url}\n`)
  expect(later.output.stderr).toMatch(/seed --demo/)
})
