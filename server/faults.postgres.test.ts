import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, expect, test } from 'vitest'
import { query as ask, databaseUrl, startOwnPostgres } from './postgres.testing.ts'
import { startProxy } from './proxy.testing.ts'
import { type Answer, makeLead, query, startApp, type TestApp, type TestOrganization } from './testing.ts'

// The database goes away, forgets us, is slow or full: a request is 503 or a success, and nothing is lost or done twice.

const server = await startOwnPostgres(['max_connections=60', 'synchronous_commit=on'])
const proxy = await startProxy(server.url)
afterAll(async () => {
  await proxy.stop()
  await server.stop()
})
const app = await onDatabase('usual')
const narrow = await onDatabase('narrow', { DATABASE_CONNECTIONS: '1' })
afterEach(() => void Object.assign(proxy, { delayMs: 0, isSilent: false, isClosed: false, decide: () => 'pass' }))

async function onDatabase(name: string, env: Record<string, string> = {}): Promise<TestApp> {
  await ask(server.url, `create database ${name}`)
  return startApp({ DATABASE_URL: proxy.through(databaseUrl(server.url, name)), ...env })
}

const create = '/api/v1/ticket/create'
const form = (subject: string) => ({ subject, message: 'On fire' })
/** Ends every connection of the product, as an operator or a failing server does. */
const terminate = () =>
  ask(server.url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'liveforce'")

/** The answer is a success or says when to come again, and nothing else. */
function expectHonest({ status, headers, text, body }: Answer): void {
  if (status === 503) expect([headers.get('retry-after'), body.error ?? body.code]).toEqual(['2', expect.anything()])
  expect([200, 201, 503], text).toContain(status)
  expect(text).not.toMatch(/ECONN|terminat|pg_|select |127\.0\.0\.1|at .*\.ts/i)
}

/** Works from eight sides until `fault` is over and each has saved once more; resolves with what each wrote and was answered. */
async function underLoad(org: TestOrganization, fault: () => Promise<void>): Promise<void> {
  const { api } = org
  await makeLead(org)
  const saved: string[] = []
  let over = 0
  let lastRefusal = 0
  const note = (answer: Answer, asked: number): Answer => {
    expectHonest(answer)
    if (answer.status === 503) lastRefusal = Math.max(lastRefusal, asked)
    return answer
  }
  const save = async (subject: string): Promise<void> => {
    for (;;) {
      const asked = performance.now()
      if (note(await api.post(create, form(subject)), asked).status === 200) return void saved.push(subject)
      await wait(50)
    }
  }
  const work = async (name: number): Promise<void> => {
    for (let count = 0, isLast = false; !isLast; count++) {
      isLast = over > 0
      await save(`${name}-${count}`)
      const reads = ['/api/v1/ticket/list?search=fire', '/api/v1/leads/report', '/api/v1/leads/list']
      const asked = performance.now()
      note(await api.get(reads[count % 3] as string), asked)
    }
  }
  const working = Promise.all(Array.from({ length: 8 }, (_, name) => work(name)))
  await Promise.all([working, fault().then(() => (over = performance.now()))])
  expect(lastRefusal - over).toBeLessThan(5000)
  await expectExactly(app, org, saved)
}

/** The organization has these tickets, each once, with numbers and events without gaps, and the product has no more connections than it may. */
async function expectExactly(app: TestApp, { id }: TestOrganization, subjects: string[]): Promise<void> {
  const tickets = await query<{ subject: string; number: number }>(
    app,
    'select subject, number from tickets where organization_id = ? order by number',
    id
  )
  expect(tickets.map(({ subject }) => subject).sort()).toEqual([...subjects].sort())
  expect(tickets.map(({ number }) => number)).toEqual(tickets.map((_, index) => index + 1))
  const [events] = await query(
    app,
    `select count(*) = max(position) and max(position) = (select event_position from organizations where id = ?) as complete
    from events where organization_id = ?`,
    id,
    id
  )
  expect(events).toEqual({ complete: true })
  const [{ count }] = await ask(
    databaseUrl(server.url, 'usual'),
    "select count(*)::int from pg_stat_activity where application_name = 'liveforce' and datname = current_database()"
  )
  expect(count).toBeLessThanOrEqual(10 + 3 + 4)
}

test('connections that the server ends, again and again, lose and double nothing', async () => {
  await underLoad(await app.organization(), async () => {
    for (let round = 0; round < 15; round++) {
      await terminate()
      await wait(60)
    }
  })
})

test('connections that the network cuts, again and again, lose and double nothing', async () => {
  await underLoad(await app.organization(), async () => {
    for (let round = 0; round < 15; round++) {
      proxy.cut()
      await wait(60)
    }
  })
})

test('a report whose thread slept while its connection broke is made over another one', async () => {
  const org = await app.organization()
  await makeLead(org)
  const report = async () => (await org.api.get('/api/v1/leads/report/csv')).status
  expect(await report()).toBe(200)
  await terminate()
  const left = "select 1 from pg_stat_activity where application_name = 'liveforce'"
  await expect.poll(() => ask(server.url, left)).toHaveLength(0)
  await expect.poll(async () => (await org.api.get('/api/v1/leads/list')).status).toBe(200)
  expect(await report()).toBe(200)
})

test.each(['SIGINT', 'SIGQUIT'] as const)(
  'a server that is ended by %s and started again loses and doubles nothing',
  async signal => {
    await underLoad(await app.organization(), async () => {
      await wait(200)
      await server.halt(signal)
      await wait(1000)
      await server.goOn()
    })
  }
)

test('a network that is slow, then silent for two seconds, then closed for one, loses and doubles nothing', async () => {
  await underLoad(await app.organization(), async () => {
    proxy.delayMs = 20
    await wait(1500)
    proxy.delayMs = 0
    proxy.isSilent = true
    await wait(2000)
    proxy.isSilent = false
    proxy.isClosed = true
    proxy.cut()
    await wait(1000)
    proxy.isClosed = false
  })
})

test.each([
  ['ten connections', app],
  ['one connection', narrow]
])('a commit that is cut off is answered as what became of it, over %s', async (_name, app) => {
  const org = await app.organization()
  const saved: string[] = []
  for (const fate of ['cut before', 'cut after'] as const) {
    // Whatever else commits meanwhile is cut too.
    proxy.decide = piece => (piece.includes('Q\0\0\0\x0bcommit\0', 0, 'latin1') ? fate : 'pass')
    const subjects = Array.from({ length: 12 }, (_, index) => `${fate} ${index}`)
    const answers = await Promise.all(subjects.map(subject => org.api.post(create, form(subject))))
    proxy.decide = () => 'pass'
    for (const [index, answer] of answers.entries()) {
      expectHonest(answer)
      if (answer.status === 200) saved.push(subjects[index]!)
      else expect(answer.body.message).toBe('The database cannot be reached; nothing was saved, try again')
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([fate === 'cut after' ? 200 : 503]))
  }
  await expectExactly(app, org, saved)
})

test('a commit after which the server is away is answered once it is back', async () => {
  const org = await app.organization()
  let reached = (): void => {}
  const cut = new Promise<void>(resolve => {
    reached = resolve
  })
  proxy.decide = piece => {
    if (!piece.includes('commit\0')) return 'pass'
    proxy.isClosed = true
    reached()
    return 'cut after'
  }
  const asked = org.api.post(create, form('Saved'))
  await cut
  await wait(6000)
  Object.assign(proxy, { isClosed: false, decide: () => 'pass' })
  expect((await asked).status).toBe(200)
  await expectExactly(app, org, ['Saved'])
})

/** A connection of somebody else, in a transaction that holds what `sql` takes until the promise's result is called. */
async function hold(database: string, sql: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl(server.url, database) })
  await client.connect()
  await client.query('begin')
  await client.query(sql)
  return () => client.end()
}

test('who waits for a connection or a lock too long gets 503, and all goes on when it is free', async () => {
  const org = await narrow.organization()
  const release = await hold('narrow', `select * from organizations where id = ${org.id} for update`)
  const first = org.api.post(create, form('A'))
  const locked = "select 1 from pg_stat_activity where datname = 'narrow' and wait_event_type = 'Lock'"
  await expect.poll(() => ask(server.url, locked), { timeout: 5000 }).toHaveLength(1)
  const began = performance.now()
  for (const answer of await Promise.all([org.api.get('/api/v1/ticket/list'), org.api.post(create, form('B')), first])) {
    expect(answer.status).toBe(503)
    expectHonest(answer)
  }
  expect(performance.now() - began).toBeLessThan(12_000)
  await release()
  expect((await org.api.post(create, form('C'))).status).toBe(200)
  await expectExactly(narrow, org, ['C'])
})

test('a read that takes longer than the time limit of statements is 503', async () => {
  const { api } = await app.organization()
  const release = await hold('usual', 'lock table tickets in access exclusive mode')
  const answer = await api.get('/api/v1/ticket/list')
  expect(answer.status).toBe(503)
  expectHonest(answer)
  await release()
  expect((await api.get('/api/v1/ticket/list')).status).toBe(200)
})

test('a server that takes no more connections is 503, and all goes on when it does', async () => {
  const org = await app.organization()
  const others: pg.Client[] = []
  proxy.isClosed = true
  proxy.cut()
  for (let isFull = false; !isFull; ) {
    const client = new pg.Client({ connectionString: server.url })
    await client.connect().then(
      () => others.push(client),
      ({ code }) => {
        expect(code).toBe('53300')
        isFull = true
      }
    )
  }
  proxy.isClosed = false
  for (const answer of [await org.api.post(create, form('A')), await org.api.get('/api/v1/ticket/list')]) {
    expect(answer.status).toBe(503)
    expectHonest(answer)
  }
  await Promise.all(others.map(client => client.end()))
  await underLoad(org, async () => {})
})

test('what the server says when its disk is full is 503, and nothing is half saved', async () => {
  const org = await app.organization()
  await query(
    app,
    `create function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100'; end $$`
  )
  await query(app, 'create trigger full_disk after insert on ticket_search for each row execute function full_disk()')
  const answer = await org.api.post(create, form('A'))
  await query(app, 'drop trigger full_disk on ticket_search')
  expect([answer.status, answer.body.message]).toEqual([
    503,
    'The database cannot store data now; nothing was saved, try again later'
  ])
  expectHonest(answer)
  await underLoad(org, async () => {})
})
