import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { makeDatabase } from '../database.testing.ts'
import { databaseUrl, query } from '../postgres.testing.ts'
import { quiet, run, start } from './cli.testing.ts'

// DATABASE_URL, from the command line.

type Change = (url: URL) => void

/** A new, empty database that is dropped after the test, and the URL of it with something changed. */
async function newDatabase() {
  const { url, drop } = (await makeDatabase({ empty: true }))!
  onTestFinished(drop)
  const changed = (change: Change): string => {
    const copy = new URL(url)
    change(copy)
    return copy.href
  }
  return { url, changed, name: new URL(url).pathname.slice(1) }
}

/** A role of its own with a password, gone after the test. */
async function newRole(url: string, settings: string): Promise<Change> {
  const name = `liveforce_test_${randomBytes(6).toString('hex')}`
  await query(url, `create role ${name} password 'role-secret' ${settings}`)
  onTestFinished(async () => void (await query(databaseUrl(url, 'postgres'), `drop role ${name}`)))
  return address => Object.assign(address, { username: name, password: 'role-secret' })
}

/** A port that passes connections on through `answer`, until the test is over. */
async function listen(answer: (socket: Socket) => void): Promise<Change> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    answer(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return address => Object.assign(address, { port: String((server.address() as AddressInfo).port) })
}

/** Refuses in one line that names the variable and the server, and no secret. */
async function refused(DATABASE_URL: string, pattern: RegExp, words = ['start']): Promise<void> {
  const { code, stdout, stderr } = await run(words, { ...(await quiet()), DATABASE_URL })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^error: DATABASE_URL [^\n]*\n$/)
  expect(stderr).toMatch(pattern)
  const { password, host, pathname } = new URL(DATABASE_URL)
  expect(stderr).not.toMatch(new RegExp(`secret|${password || 'secret'}`))
  if (stderr.includes('(')) expect(stderr).toContain(`DATABASE_URL (postgres://${host}${pathname})`)
}

test('a wrong password, and none, are told with what to check', async () => {
  const { changed } = await newDatabase()
  const wrong = changed(url => Object.assign(url, { password: 'wrong-secret' }))
  for (const words of [['start'], ['migrate', '--json'], ['app', 'list', '--organization', '1']])
    await refused(wrong, /password authentication failed for user "postgres"; check user and password/, words)
  const none = changed(url => Object.assign(url, { password: '' }))
  await refused(none, /password must be a string; check user and password/)
})

test('a database that is not there is told with how to create it', async () => {
  const { changed, name } = await newDatabase()
  const other = changed(url => Object.assign(url, { pathname: `/${name}_other` }))
  await refused(other, /database "\w+_other" does not exist; create it with: create database/)
})

test('a host that is unknown, a port that refuses and a server that says nothing are told to be out of reach', async () => {
  const { changed } = await newDatabase()
  const unknown = changed(url => Object.assign(url, { hostname: 'nowhere.invalid' }))
  await refused(unknown, /nowhere\.invalid; check host and port/)
  await refused(
    changed(url => Object.assign(url, { port: '1' })),
    /ECONNREFUSED.*; check host and port/
  )
  await refused('postgres:///crm?host=/nowhere&user=crm', /ENOENT .*; check host and port/)
  await refused(changed(await listen(() => {})), /timeout.*; check host and port/)
})

test('TLS that the server does not offer is told, never done without', async () => {
  const { url } = await newDatabase()
  await refused(`${url}?sslmode=require`, /does not support SSL connections; switch TLS on there/)
  await refused(`${url}?sslmode=verify-full`, /does not support SSL connections/)
  await refused(`${url}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`, /names a file that cannot be read: \/nowhere\/ca\.pem/)
})

test('a user who may not create tables, may not connect, finds no connection free or only reads is told so', async () => {
  const { url, changed, name } = await newDatabase()
  await query(url, 'revoke create on schema public from public')
  await refused(changed(await newRole(url, 'login')), /permission denied for schema public; make this user the owner/)
  await refused(
    changed(await newRole(url, 'login connection limit 0')),
    /too many connections for role .*; lower DATABASE_CONNECTIONS/
  )
  await refused(changed(await newRole(url, 'nologin')), /not permitted to log in; have pg_hba\.conf/)
  const reader = changed(await newRole(url, 'login'))
  await query(url, `alter role ${new URL(reader).username} set default_transaction_read_only = on`)
  await refused(reader, /read-only transaction; name the primary server/)
  await query(databaseUrl(url, 'postgres'), `revoke connect on database ${name} from public`)
  await refused(changed(await newRole(url, 'login')), /permission denied for database .*; make this user the owner/)
})

test('the owner of the database, who may nothing else, is enough', async () => {
  const { url, changed, name } = await newDatabase()
  const owner = await newRole(url, 'login')
  const own = changed(owner)
  await query(url, `alter database ${name} owner to ${new URL(own).username}`)
  const server = await start({ ...(await quiet()), DATABASE_URL: own })
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  await query(url, `reassign owned by ${new URL(own).username} to postgres`)
})

test('a pooler that refuses what connections carry is told with the parameter for it', async () => {
  const { changed } = await newDatabase()
  // What PgBouncer sends.
  const fields = ['SFATAL', 'C08P01', 'Munsupported startup parameter: statement_timeout', '', ''].join('\0')
  const head = Buffer.from([...Buffer.from('E'), 0, 0, 0, fields.length + 4])
  const pooler = await listen(socket => socket.once('data', () => socket.end(Buffer.concat([head, Buffer.from(fields)]))))
  await refused(changed(pooler), /unsupported startup parameter: statement_timeout; .* add pgbouncer=true/)
})

test('a server that is too old, and a database that cannot hold every text, are refused', async () => {
  const { url, changed, name } = await newDatabase()
  const [{ server_version_num: version }] = await query(url, 'show server_version_num')
  const target = new URL(url)
  // The number at the end of a row, which is what tells the version.
  const older = (): Transform =>
    new Transform({
      transform: (chunk, _encoding, done) => done(null, Buffer.from(chunk.toString('latin1').replace(major, '\x0213'), 'latin1'))
    })
  const major = `\x02${version.slice(0, 2)}`
  const aged = await listen(socket => {
    const server = connect(Number(target.port), target.hostname)
    pipeline(socket, server, older(), socket, () => {})
  })
  await refused(changed(aged), /names PostgreSQL 13, but 14 is the oldest that works/)
  const admin = databaseUrl(url, 'postgres')
  await query(admin, `create database ${name}_latin template template0 encoding 'LATIN1' locale 'C'`)
  onTestFinished(async () => void (await query(admin, `drop database ${name}_latin`)))
  await refused(databaseUrl(url, `${name}_latin`), /in LATIN1, which cannot hold every text/)
})
