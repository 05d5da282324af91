import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { noteMigration, schemaVersion } from '../db/dialect.ts'
import { queryIn } from '../testing.ts'
import { basic, type Created, createOrganization, inStore, listed, quiet, run, start } from './cli.testing.ts'

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
  const rows = await inStore(env, store => queryIn(store, 'select name, time_zone, currency from organizations'))
  expect(rows).toEqual([{ name: 'Müller & Söhne', time_zone: 'Europe/Berlin', currency: 'EUR' }])
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
  [['backup'], /file/],
  [['restore'], /file/],
  [['verify'], /file/],
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
  [['app', 'revoke', 'nobody'], /nobody/],
  [['jobs', 'list', '--state', 'done'], /--state/],
  [['jobs', 'list', '--limit', '0'], /--limit/],
  [['jobs', 'retry'], /--state/],
  [['jobs', 'retry', '--organization', '1'], /--state/],
  [['jobs', 'retry', '--state', 'running'], /--state/],
  [['jobs', 'drop', 'all'], /ids/]
]

test('wrong usage is told in one line that names the option, with exit code 2, and changes nothing', async () => {
  const env = await quiet()
  await createOrganization(env)
  const check = async ([words, named]: (typeof wrongUsage)[number]): Promise<void> => {
    const { code, stdout, stderr } = await run(words, env)
    expect([words, code, stdout]).toEqual([words, 2, ''])
    expect(stderr).toMatch(/^error: [^\n]*\n$/)
    expect(stderr).toMatch(named)
  }
  for (let at = 0; at < wrongUsage.length; at += 3) await Promise.all(wrongUsage.slice(at, at + 3).map(check))
  const counts = ['organizations', 'apps', 'events'].map(table => `(select count(*) from ${table}) as ${table}`)
  const rows = await inStore(env, store => queryIn(store, `select ${counts.join()}`))
  expect(rows).toEqual([{ organizations: 1, apps: 1, events: 3 }])
})

test('what names no row fails with exit code 1', async () => {
  const env = await quiet()
  const missing = await run(['app', 'list', '--organization', '1'], env)
  expect([missing.code, missing.stdout]).toEqual([1, ''])
  expect(missing.stderr).toMatch(/^error: There is no database at .*\n$/)
  expect((await readdir(env.DATA_DIR!)).filter(name => name.startsWith('liveforce.db'))).toEqual([])
  expect(await inStore(env, ({ reader }) => schemaVersion(reader))).toBe(0)
  await createOrganization(env)
  const cases: [string[], RegExp][] = [
    [['app', 'list', '--organization', '2'], /organization 2/],
    [['seed', '--demo', '--organization', '2'], /organization 2/],
    [['app', 'create', '--organization', '1', '--name', 'A', '--contact', '7'], /--contact/],
    [['app', 'revoke', 'lf_1_0123456789abcdef01'], /no such app/],
    [['app', 'revoke', 'lf_2_0123456789abcdef01'], /organization 2/],
    [['jobs', 'list', '--organization', '2'], /organization 2/],
    [['jobs', 'retry', '7', '8'], /7 or 8/],
    [['jobs', 'drop', '7'], /7/]
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
    ['backup'],
    ['restore'],
    ['verify'],
    ['seed'],
    ['organization', 'create'],
    ['app', 'create'],
    ['app', 'list'],
    ['app', 'revoke'],
    ['jobs', 'list'],
    ['jobs', 'retry'],
    ['jobs', 'drop']
  ]
  for (const command of commands) {
    const { code, stdout, stderr } = await run([...command, '--help'], {})
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: liveforce ${command.join(' ')}`)
    expect(stdout).toMatch(new RegExp(`Example:\\n  \\$ .*liveforce ${command.join(' ')}`))
  }
  const { code, stdout } = await run(['--help'], {})
  expect(code).toBe(0)
  for (const word of [
    'start',
    'migrate',
    'backup',
    'restore',
    'verify',
    'seed',
    'organization',
    'app',
    'DATABASE_URL',
    'Exit codes'
  ])
    expect(stdout).toContain(word)
})

test('migrate makes and updates the schema, says what it did, and refuses a database of a newer program', async () => {
  const env = await quiet()
  const first = JSON.parse((await run(['migrate', '--json'], env)).stdout)
  expect(Object.keys(first)).toEqual(['applied', 'version'])
  expect(first.applied).toContain('0001_initial')
  const { code, stdout } = await run(['migrate'], env)
  expect([code, stdout]).toEqual([0, `The database has schema version ${first.version}.\n`])
  await inStore(env, store => store.exclusively(db => noteMigration(db, 999, '0999_future')))
  for (const words of [['migrate'], ['start'], ['organization', 'create', '--name', 'A', '--email', 'a@example.com']]) {
    const refused = await run(words, env)
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(/^error: [^\n]*schema[^\n]*\n$/)
  }
})

test('a migration that fails is told in one line by those who upgrade, and changes nothing', async () => {
  const env = await quiet()
  await createOrganization(env)
  await inStore(env, store => queryIn(store, store.dialect === 'sqlite' ? 'pragma user_version = 0' : 'delete from migrations'))
  const told =
    /^error: Migration 0001_initial failed: (table|relation) "?organizations"? already exists\. Nothing was changed: [^\n]*version 0\n$/
  for (const words of [['migrate'], ['start'], ['migrate', '--no-snapshot', '--json']]) {
    const { code, stdout, stderr } = await run(words, env)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(told)
  }
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
