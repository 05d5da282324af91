import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDatabase } from '../database.testing.ts'
import type { Apart } from './apart.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

// Long queries of PostgreSQL: beside the requests, limited, and ended on the server when nobody waits for them.

let store: Store
let apart: Apart
let drop: () => Promise<void>

beforeAll(async () => {
  const database = await makeDatabase()
  drop = database!.drop
  store = openStore({ kind: 'postgres', url: database!.url, connections: 2 })
  apart = store.apart
})

afterAll(async () => {
  await store.close()
  await drop()
})

const numbers = (most: number) => ({ sql: 'select i from generate_series(1, $1::int) as i', values: [most] })
const endless = { sql: 'select pg_sleep(60), $1::text as mark', values: ['endless'] }
const module = new URL('apart.testing.ts', import.meta.url).href

/** How many connections of this database work on a query that sleeps. */
async function sleeping(): Promise<number> {
  const sql =
    "select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(60)%'"
  return (await store.reader.all(`${sql} and pid != pg_backend_pid()`, [])).length
}

const count = (bound: ReturnType<typeof numbers>, limits: { signal?: AbortSignal } = {}) => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  return apart.fold<number>(bound, { module, name: 'countRunning', options: { flag } }, limits)
}

test('rows come as objects and as arrays, however many ask at once', async () => {
  const asked = Array.from({ length: 50 }, (_, index) => apart.rows<{ i: number }>(numbers(index + 1)))
  const answers = await Promise.all(asked)
  expect(answers.map(rows => rows.length)).toEqual(answers.map((_, index) => index + 1))
  expect(await apart.arrays(numbers(2))).toEqual([[1], [2]])
})

test('a worker makes something of very many rows, a thousand at a time', async () => {
  expect(await count(numbers(12_345))).toBe(12_345)
  expect(await count(numbers(2000))).toBe(2000)
  expect(await count(numbers(0))).toBe(0)
})

test('a statement that fails rejects, and the next one is answered', async () => {
  const broken = { sql: 'select i from nowhere', values: [] }
  await expect(apart.rows(broken)).rejects.toThrow('nowhere')
  await expect(count(broken as never)).rejects.toMatchObject({ code: '42P01' })
  await expect(apart.rows({ sql: 'create table t (i int)', values: [] })).rejects.toMatchObject({ code: '25006' })
  expect(await apart.rows(numbers(1))).toEqual([{ i: 1 }])
  expect(await count(numbers(3))).toBe(3)
})

test('what is no longer wanted ends on the server too, whoever reads it', async () => {
  const stop = new AbortController()
  const asked = [apart.rows(endless, { signal: stop.signal }), count(endless as never, { signal: stop.signal })]
  for (const one of asked) one.catch(() => {})
  await expect.poll(sleeping, { timeout: 20_000 }).toBe(2)
  stop.abort(new Error('no longer wanted'))
  for (const one of asked) await expect(one).rejects.toThrow('no longer wanted')
  await expect.poll(sleeping, { timeout: 10_000 }).toBe(0)
  expect(await apart.rows(numbers(1))).toHaveLength(1)
})

test('what takes too long is stopped with 503', async () => {
  const tooLong = { kind: 'unavailable', message: expect.stringContaining('longer than 0.3 seconds') }
  await expect(apart.rows(endless, { timeLimitMs: 300 })).rejects.toMatchObject(tooLong)
  await expect.poll(sleeping, { timeout: 10_000 }).toBe(0)
})
