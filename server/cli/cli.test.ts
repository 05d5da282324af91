import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, expect, test } from 'vitest'

const entry = join(import.meta.dirname, 'liveforce.ts')
const folders: string[] = []
const running = new Set<ChildProcess>()

afterEach(async () => {
  await Promise.all([...running].map(stop))
})
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'liveforce-cli-'))
  folders.push(folder)
  return folder
}

type Env = Record<string, string>

interface Output {
  stdout: string
  stderr: string
}

function launch(words: string[], env: Env): { child: ChildProcess; output: Output } {
  const clean = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PORT: '0' }
  const child = spawn(process.execPath, [entry, ...words], { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', text => {
    output.stdout += text
  })
  child.stderr.on('data', text => {
    output.stderr += text
  })
  running.add(child)
  return { child, output }
}

/** Runs a command to its end. */
async function run(words: string[], env: Env): Promise<Output & { code: number }> {
  const { child, output } = launch(words, env)
  const [code] = await once(child, 'close')
  running.delete(child)
  return { ...output, code }
}

interface Server {
  url: string
  child: ChildProcess
  output: Output
}

/** Starts the server and waits until it says that it is ready. */
async function start(env: Env, words: string[] = ['start']): Promise<Server> {
  const { child, output } = launch(words, env)
  let url: string | undefined
  while (!url || !(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`It did not start: ${output.stderr}`)
    await Promise.race([once(child.stdout!, 'data'), new Promise(resolve => setTimeout(resolve, 20)), once(child, 'close')])
    url = /^Liveforce is running at (http:\S+)$/m.exec(output.stdout)?.[1]
  }
  return { url, child, output }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status === 200,
    () => false
  )

async function stop(child: ChildProcess): Promise<number | null> {
  running.delete(child)
  if (child.exitCode !== null) return child.exitCode
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  return code
}

/** What a person would paste: its address, credentials and form. */
function parseCurl(stdout: string) {
  const lines = stdout.split('\n').filter(line => line.startsWith('curl '))
  expect(lines).toHaveLength(1)
  const words = [...lines[0]!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const after = (name: string): string[] => words.filter((_word, at) => words[at - 1] === name)
  const form = new FormData()
  for (const field of after('-F')) form.append(field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1))
  return { url: words.at(-1)!, user: after('-u')[0]!, form }
}

const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` })
const quiet = async (): Promise<Env> => ({ DATA_DIR: await newFolder(), LOG_LEVEL: 'silent' })
const listed = (url: string, user: string) => fetch(`${url}/api/v1/ticket/list`, { headers: basic(user) })

interface Created {
  organization_id: number
  admin: { email: string; password: string }
  app: { client_id: string; access_token: string }
}

async function createOrganization(env: Env): Promise<Created & { user: string }> {
  const { stdout } = await run(['organization', 'create', '--name', 'Acme', '--email', 'jane@example.com', '--json'], env)
  const created = JSON.parse(stdout) as Created
  return { ...created, user: `${created.app.client_id}:${created.app.access_token}` }
}

test('the first start prints the address, credentials and a line that opens a ticket; a later one only the address', async () => {
  const env = { DATA_DIR: await newFolder(), LOG_LEVEL: 'debug' }
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
  ['DATABASE_URL', 'mysql://root:secret@db.example.com/crm']
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

test('data that cannot be used is named by its variable', async () => {
  const folder = await newFolder()
  const file = join(folder, 'file')
  await writeFile(file, 'this is no database, but a text that is long enough to be taken for one'.repeat(100))
  await mkdir(join(folder, 'sub'))
  const cases: [Env, RegExp][] = [
    [{ DATA_DIR: join(file, 'data') }, /^error: DATA_DIR .*\n$/],
    [{ DATA_DIR: join(folder, 'sub'), DATABASE_URL: `sqlite:${file}` }, /^error: DATABASE_URL .* is no SQLite database\n$/],
    [{ DATA_DIR: join(folder, 'sub'), DATABASE_URL: `sqlite:${folder}` }, /^error: DATABASE_URL .*\n$/]
  ]
  for (const [env, pattern] of cases) {
    for (const words of [['start'], ['migrate'], ['seed', '--demo']]) {
      const { code, stderr } = await run(words, env)
      expect(stderr).toMatch(pattern)
      expect(code).toBe(1)
    }
  }
})

test('an organization is created before the first start, which then prints only the address', async () => {
  const env = await quiet()
  const words = ['organization', 'create', '--name', ' Müller & Söhne ', '--email', 'jane@example.com']
  const { code, stdout, stderr } = await run([...words, '--time-zone', 'Europe/Berlin', '--currency', 'eur', '--json'], env)
  expect([code, stderr]).toEqual([0, ''])
  const created = JSON.parse(stdout) as Created
  expect(Object.keys(created)).toEqual(['organization_id', 'admin', 'app'])
  expect(Object.keys(created.admin)).toEqual(['email', 'password'])
  expect(Object.keys(created.app)).toEqual(['client_id', 'access_token'])
  expect([created.organization_id, created.admin.email]).toEqual([1, 'jane@example.com'])
  const database = new Sqlite(join(env.DATA_DIR!, 'liveforce.db'), { readonly: true })
  const row = database.prepare('select name, time_zone, currency from organizations').get()
  database.close()
  expect(row).toEqual({ name: 'Müller & Söhne', time_zone: 'Europe/Berlin', currency: 'EUR' })
  const { url, output } = await start(env)
  expect(output.stdout).toBe(`Liveforce is running at ${url}\n`)
  expect((await listed(url, `${created.app.client_id}:${created.app.access_token}`)).status).toBe(200)
})

test('an app is created, listed and revoked while the server runs, which knows at once', async () => {
  const env = await quiet()
  const { user: admin } = await createOrganization(env)
  const { url } = await start(env)
  const made = await run(
    ['app', 'create', '--organization', '1', '--name', 'Website', '--scope', 'tickets:read', 'leads:read', '--json'],
    env
  )
  const app = JSON.parse(made.stdout) as Created['app']
  expect(Object.keys(app)).toEqual(['client_id', 'access_token'])
  const user = `${app.client_id}:${app.access_token}`
  expect((await listed(url, user)).status).toBe(200)
  expect((await fetch(`${url}/api/v1/staff/list`, { headers: basic(user) })).status).toBe(403)

  const apps = JSON.parse((await run(['app', 'list', '--organization', '1', '--json'], env)).stdout)
  const keys = ['id', 'name', 'client_id', 'scopes', 'contact_id', 'last_used_at', 'revoked_at', 'created_at']
  expect(apps.map(Object.keys)).toEqual([keys, keys])
  expect(apps[0]).toMatchObject({
    name: 'Website',
    client_id: app.client_id,
    scopes: ['tickets:read', 'leads:read'],
    revoked_at: null
  })
  expect(JSON.stringify(apps)).not.toContain(app.access_token)
  const shown = await run(['app', 'list', '--organization', '1'], env)
  expect(shown.stdout).toMatch(new RegExp(`^${app.client_id} .*Website$`, 'm'))

  expect(await run(['app', 'revoke', app.client_id], env)).toEqual({ code: 0, stdout: `Revoked ${app.client_id}.\n`, stderr: '' })
  expect((await listed(url, user)).status).toBe(401)
  expect((await listed(url, admin)).status).toBe(200)
  expect((await run(['app', 'revoke', app.client_id], env)).code).toBe(0)
})

const wrongUsage: [words: string[], named: RegExp][] = [
  [['frob'], /frob/],
  [['start', '--dmo'], /--dmo/],
  [['start', 'now'], /start/],
  [['seed'], /--demo/],
  [['seed', '--demo', '--leads', '-1'], /--leads/],
  [['seed', '--demo', '--tickets', '1e3'], /--tickets/],
  [['seed', '--demo', '--organization', '0'], /--organization/],
  [['organization', 'create', '--email', 'jane@example.com'], /--name/],
  [['organization', 'create', '--name', 'Acme'], /--email/],
  [['organization', 'create', '--name', ' ', '--email', 'jane@example.com'], /--name/],
  [['organization', 'create', '--name', 'Acme', '--email', 'jane'], /--email/],
  [['organization', 'create', '--name', 'Acme', '--email', 'jane@example.com', '--time-zone', 'Mars/Base'], /--time-zone/],
  [['organization', 'create', '--name', 'Acme', '--email', 'jane@example.com', '--time-zone', '+02:00'], /--time-zone/],
  [['organization', 'create', '--name', 'Acme', '--email', 'jane@example.com', '--currency', 'XXY'], /--currency/],
  [['app', 'create', '--organization', '1'], /--name/],
  [['app', 'create', '--organization', 'one', '--name', 'A'], /--organization/],
  [['app', 'create', '--organization', '1', '--name', 'A', '--scope', 'everything'], /--scope/],
  [['app', 'create', '--organization', '1', '--name', ' '], /--name/],
  [['app', 'list'], /--organization/],
  [['app', 'revoke'], /client_id/],
  [['app', 'revoke', 'nobody'], /nobody/]
]

test('wrong usage is told in one line that names the option, with exit code 2, and changes nothing', async () => {
  const env = await quiet()
  await createOrganization(env)
  const rowsOf = (table: string): number => {
    const database = new Sqlite(join(env.DATA_DIR!, 'liveforce.db'), { readonly: true })
    const count = database.prepare(`select count(*) from ${table}`).pluck().get() as number
    database.close()
    return count
  }
  for (const [words, named] of wrongUsage) {
    const { code, stdout, stderr } = await run(words, env)
    expect([words, code, stdout]).toEqual([words, 2, ''])
    expect(stderr).toMatch(/^error: [^\n]*\n$/)
    expect(stderr).toMatch(named)
  }
  expect(['organizations', 'apps', 'events'].map(rowsOf)).toEqual([1, 1, 3])
}, 120_000)

test('what names no row fails with exit code 1', async () => {
  const env = await quiet()
  const missing = await run(['app', 'list', '--organization', '1'], env)
  expect([missing.code, missing.stdout]).toEqual([1, ''])
  expect(missing.stderr).toMatch(/^error: There is no database at .*\n$/)
  expect(await readdir(env.DATA_DIR!)).toEqual([])
  await createOrganization(env)
  const cases: [string[], RegExp][] = [
    [['app', 'list', '--organization', '2'], /organization 2/],
    [['seed', '--demo', '--organization', '2'], /organization 2/],
    [['app', 'create', '--organization', '1', '--name', 'A', '--contact', '7'], /--contact/],
    [['app', 'revoke', 'lf_1_0123456789abcdef01'], /no such app/],
    [['app', 'revoke', 'lf_2_0123456789abcdef01'], /organization 2/]
  ]
  for (const [words, named] of cases) {
    const { code, stdout, stderr } = await run(words, env)
    expect([words, code, stdout]).toEqual([words, 1, ''])
    expect(stderr).toMatch(/^error: [^\n]*\n$/)
    expect(stderr).toMatch(named)
  }
})

test('every command has help with an example', async () => {
  const commands = [
    ['start'],
    ['migrate'],
    ['seed'],
    ['organization', 'create'],
    ['app', 'create'],
    ['app', 'list'],
    ['app', 'revoke']
  ]
  for (const command of commands) {
    const { code, stdout, stderr } = await run([...command, '--help'], {})
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: liveforce ${command.join(' ')}`)
    expect(stdout).toMatch(new RegExp(`Example:\\n  \\$ .*liveforce ${command.join(' ')}`))
  }
  const { code, stdout } = await run(['--help'], {})
  expect(code).toBe(0)
  for (const word of ['start', 'migrate', 'seed', 'organization', 'app', 'DATABASE_URL', 'Exit codes'])
    expect(stdout).toContain(word)
})

test('migrate makes and updates the schema, says what it did, and refuses a database of a newer program', async () => {
  const env = await quiet()
  const first = JSON.parse((await run(['migrate', '--json'], env)).stdout)
  expect(Object.keys(first)).toEqual(['applied', 'version'])
  expect(first.applied).toContain('0001_initial')
  const { code, stdout } = await run(['migrate'], env)
  expect([code, stdout]).toEqual([0, `The database has schema version ${first.version}.\n`])
  const database = new Sqlite(join(env.DATA_DIR!, 'liveforce.db'))
  database.pragma('user_version = 999')
  database.close()
  for (const words of [['migrate'], ['start'], ['organization', 'create', '--name', 'A', '--email', 'a@example.com']]) {
    const refused = await run(words, env)
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(/^error: [^\n]*schema[^\n]*\n$/)
  }
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

test('seed adds to the organization named, or creates one, and prints only JSON when asked', async () => {
  const env = await quiet()
  await createOrganization(env)
  const few = ['seed', '--demo', '--leads', '20', '--tickets', '5', '--deals', '3', '--calls', '4']
  const server = await start(env)
  const added = await run([...few, '--organization', '1', '--json'], env)
  expect(JSON.parse(added.stdout)).toEqual({
    organization_id: 1,
    added: { leads: 20, tickets: 5, deals: 3, calls: 4 },
    seconds: expect.any(Number)
  })
  const made = JSON.parse((await run([...few, '--json'], env)).stdout)
  expect(Object.keys(made)).toEqual(['organization_id', 'admin', 'app', 'added', 'seconds'])
  const answer = await listed(server.url, `${made.app.client_id}:${made.app.access_token}`)
  expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(5)
  const told = await run(few, env)
  expect(told.stdout).toMatch(/client_id +lf_3_/)
  expect(told.stderr).toMatch(/^32 of 32 records\n$/)
})
