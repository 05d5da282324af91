import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { queryIn } from '../testing.ts'
import { basic, createOrganization, type Env, inStore, quiet, run, start, stop } from './cli.testing.ts'
import { ask, processesOf, type Reply } from './processes.testing.ts'

// Several processes on one database: what each promises alone they promise together.

const workers = (count: number): string[] => ['start', '--workers', String(count)]
const statuses = '/api/v1/ticket/statuses'
const having = (replies: Reply[], status: number): Reply[] => replies.filter(reply => reply.status === status)

/** Keeps `atOnce` requests under way until there were `count`. */
async function inTurns(count: number, atOnce: number, one: (index: number) => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = []
  let sent = 0
  const line = async (): Promise<void> => {
    while (sent < count) replies.push(await one(sent++))
  }
  await Promise.all(Array.from({ length: atOnce }, line))
  return replies
}

test('three workers that write at once lose nothing: numbers and event positions have no gap, and nobody is turned away', async () => {
  const env: Env = { ...(await quiet()), RATE_LIMIT: 'off' }
  const { user } = await createOrganization(env)
  const { url, child } = await start(env, workers(3))
  const replies = await inTurns(300, 24, index =>
    ask(`${url}/api/v1/ticket/create`, basic(user), { subject: `Ticket ${index}`, message: 'It hums' })
  )
  expect(having(replies, 200)).toHaveLength(300)
  expect(processesOf(replies)).toBe(3)
  expect(await stop(child)).toBe(0)

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
  const numbers = replies.map(({ text }) => Number(JSON.parse(text).data.ticketid)).sort((one, other) => one - other)
  expect(numbers).toEqual(upTo(300))
  await inStore(env, async store => {
    const select = async (what: string) => (await queryIn<{ it: number }>(store, `select ${what}`)).map(({ it }) => it)
    expect(await select('number as it from tickets order by number')).toEqual(numbers)
    const positions = await select('position as it from events order by position')
    expect(positions).toEqual(upTo(positions.length))
    const opened = await select("record_id as it from events where type = 'ticket.opened'")
    expect(new Set(opened).size).toBe(300)
    if (store.dialect === 'sqlite') expect(await queryIn(store, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
  })
})

test('an app has its rate and its burst once, however many processes serve it', async () => {
  const env: Env = { ...(await quiet()), RATE_LIMIT: '60/min' }
  const { user } = await createOrganization(env)
  const other = await createOrganization(env)
  const { url } = await start(env, workers(2))
  const began = performance.now()
  const replies = await inTurns(300, 16, () => ask(url + statuses, basic(user)))
  const seconds = (performance.now() - began) / 1000
  const passed = having(replies, 200)
  const refused = having(replies, 429)
  expect(passed.length + refused.length).toBe(300)
  expect(passed.length).toBeLessThanOrEqual(100 + Math.ceil(seconds))
  expect(passed.length).toBeGreaterThanOrEqual(90)
  expect([processesOf(passed), processesOf(refused)]).toEqual([2, 2])
  for (const { headers } of replies) {
    const [, left, reset] = /^"app";r=(\d+);t=(\d+)$/.exec(String(headers.ratelimit)) ?? []
    expect(Number(left)).toBeLessThan(100)
    expect(Number(reset)).toBeLessThanOrEqual(100)
    expect(headers['ratelimit-policy']).toBe('"app";q=60;w=60')
  }
  for (const { headers } of refused) expect(headers['retry-after']).toBe('1')
  expect((await ask(url + statuses, basic(other.user))).status).toBe(200)
  while ((await ask(url + statuses, basic(user))).status !== 200) await wait(20)
})

test('failed sign-ins are limited per address over all processes, and do not lock out who has signed in rightly', async () => {
  const env: Env = { ...(await quiet()), RATE_LIMIT: '600/min' }
  const { user } = await createOrganization(env)
  const other = await createOrganization(env)
  const { url } = await start(env, workers(2))
  const several = (who: string): Promise<Reply[]> => inTurns(8, 8, () => ask(url + statuses, basic(who)))
  // Each process finds these credentials right, and remembers them.
  expect(processesOf(having(await several(user), 200))).toBe(2)
  const began = performance.now()
  const replies = await inTurns(80, 8, () => ask(url + statuses, basic(`${user}x`)))
  const seconds = (performance.now() - began) / 1000
  expect(having(replies, 401).length).toBeLessThanOrEqual(20 + Math.ceil(seconds / 2))
  expect(having(replies, 401).length).toBeGreaterThanOrEqual(18)
  expect([processesOf(having(replies, 401)), processesOf(having(replies, 429))]).toEqual([2, 2])
  expect(having(await several(user), 200)).toHaveLength(8)
  expect(having(await several(other.user), 429).length).toBeGreaterThan(0)
})

test('an app that is revoked is out at its next request at every process', async () => {
  const env: Env = { ...(await quiet()), RATE_LIMIT: 'off' }
  const { user, app } = await createOrganization(env)
  const servers = [await start(env, workers(2)), await start(env)]
  const askAll = (): Promise<Reply[]> =>
    Promise.all(servers.flatMap(({ url }) => Array.from({ length: 6 }, () => ask(url + statuses, basic(user)))))
  const before = await askAll()
  expect(having(before, 200)).toHaveLength(12)
  expect(processesOf(before)).toBe(3)
  expect((await run(['app', 'revoke', app.client_id], env)).code).toBe(0)
  const after = await askAll()
  expect(having(after, 401)).toHaveLength(12)
  expect(processesOf(after)).toBe(3)
})

test('of all processes one keeps house, and another does once it has stopped', async () => {
  const env = await quiet()
  await createOrganization(env)
  const first = await start(env)
  await inStore(env, async store => {
    const holder = async () =>
      (await queryIn<{ holder: string }>(store, "select holder from leases where name = 'housekeeping'"))[0]?.holder
    while (!(await holder())) await wait(10)
    const before = await holder()
    await start(env, workers(2))
    expect(await holder()).toBe(before)
    expect(await stop(first.child)).toBe(0)
    while (!(await holder())) await wait(10)
    expect(await holder()).not.toBe(before)
  })
})
