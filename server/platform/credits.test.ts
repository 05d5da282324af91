import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { hold, makeEnv } from '../database.testing.ts'
import { migrate } from '../db/migrate.ts'
import { openStore } from '../db/open.ts'
import type { Store } from '../db/store.ts'
import { forgetAddresses, SharedLimiter } from './credits.ts'

// Limiters on connections of their own to one database, as processes have them.

const { env, drop } = await makeEnv()
const open = (): Store => openStore(readConfig({ ...env, DATABASE_CONNECTIONS: '2' }).database)
const first = open()
const stores: Store[] = [first]
await migrate(first)
afterAll(async () => {
  for (const store of stores) await store.close()
  await drop()
})

let asked = 0

/** A limiter of another process; `asked` counts how often any of them asks the database. */
function limiter(amount: number, burst: number, seconds = 1): SharedLimiter {
  const store = open()
  stores.push(store)
  const counting: Store = {
    ...store,
    transact: verb => {
      asked++
      return store.transact(verb)
    }
  }
  return new SharedLimiter(counting, 'address_credits', { amount, seconds }, burst)
}

let addresses = 0
const newAddress = (): string => `192.0.2.${++addresses}`

test('in no window of time do several processes together let more pass than the rate and the burst', async () => {
  const [amount, burst] = [100, 50]
  const limiters = [limiter(amount, burst), limiter(amount, burst), limiter(amount, burst)]
  const address = newAddress()
  const passed: number[] = []
  let refused = 0
  const take = async (index: number): Promise<void> => {
    const { allowed } = await limiters[index]!.take(address)
    if (allowed) passed.push(performance.now())
    else refused++
  }
  const rush = (calls: number): Promise<unknown> => Promise.all(Array.from({ length: calls }, (_, call) => take(call % 3)))
  // After a few calls each process holds more than it used; meanwhile the credit grows that they have taken it from.
  for (const pause of [250, 600, 20, 100, 300]) {
    await rush(3)
    await wait(pause)
    await rush(80)
  }
  expect(refused).toBeGreaterThan(0)
  expect(passed.length).toBeGreaterThan(burst)
  for (const [from, begin] of passed.entries()) {
    for (let to = from; to < passed.length; to++) {
      expect(to - from + 1).toBeLessThanOrEqual(burst + ((passed[to]! - begin) * amount) / 1000 + 1)
    }
  }
})

test('a caller below the rate is not refused, though several processes serve it in turn', async () => {
  const limiters = [limiter(200, 40), limiter(200, 40), limiter(200, 40), limiter(200, 40)]
  const address = newAddress()
  const began = performance.now()
  for (let call = 0; call < 200; call++) {
    const due = began + call * 8
    if (performance.now() < due) await wait(due - performance.now())
    expect((await limiters[call % 4]!.take(address)).allowed).toBe(true)
  }
})

test('the database is asked once for many calls, at once for all that wait, and not by who was refused', async () => {
  const one = limiter(600, 100, 60)
  const address = newAddress()
  asked = 0
  const burst = await Promise.all(Array.from({ length: 300 }, () => one.take(address)))
  expect(burst.filter(({ allowed }) => allowed).length).toBeGreaterThanOrEqual(100)
  expect(burst.filter(({ allowed }) => allowed).length).toBeLessThan(110)
  expect(asked).toBeLessThan(35)
  asked = 0
  const refused = one.take(address)
  expect(refused).toMatchObject({ allowed: false, remaining: 0, retrySeconds: 1, resetSeconds: 10 })
  expect(asked).toBe(0)
})

test('while the database cannot be written each process counts for itself and waits no more, then together again', async () => {
  const one = limiter(1, 8)
  const address = newAddress()
  expect((await one.take(address)).allowed).toBe(true)
  const free = await hold(first, 'update address_credits set calls = calls')
  const answers = []
  for (let call = 0; call < 12; call++) answers.push((await one.take(address)).allowed)
  expect(answers.slice(0, 8)).toEqual(Array(8).fill(true))
  expect(answers).toContain(false)
  expect(one.take(address)).not.toBeInstanceOf(Promise)
  await free()
  asked = 0
  while (one.take(address) instanceof Promise || asked === 0) await wait(20)
  expect(asked).toBeGreaterThan(0)
})

test('slots that a clock set back has left in the far future do not lock anybody out', async () => {
  const one = limiter(100, 10)
  const address = newAddress()
  const later = Date.now() + 3_600_000
  await first.transact(({ kysely }) =>
    kysely.insertInto('address_credits').values({ address, full_at: later, calls: 1, lent_at: later }).execute()
  )
  let answer = await one.take(address)
  expect(answer.allowed).toBe(false)
  while (!answer.allowed) {
    await wait(5)
    answer = await one.take(address)
  }
})

test('addresses that have all their calls again are forgotten, others not', async () => {
  const slow = limiter(1, 4)
  const quick = limiter(1000, 4)
  const [busy, idle] = [newAddress(), newAddress()]
  await slow.take(busy)
  await quick.take(idle)
  await wait(20)
  await forgetAddresses(first)
  const kept = await first.reader.kysely.selectFrom('address_credits').select('address').execute()
  expect(kept.map(({ address }) => address)).toContain(busy)
  expect(kept.map(({ address }) => address)).not.toContain(idle)
})
