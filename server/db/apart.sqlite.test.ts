import { getEventListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Apart } from './apart.ts'
import { openSqlite, type SqliteStore } from './sqlite/store.ts'

let folder: string
let store: SqliteStore
let apart: Apart

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liveforce-test-'))
  store = openSqlite(join(folder, 'test.db'))
  apart = store.apart
})

afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const numbers = (most: number) => ({
  sql: 'with recursive n (i) as (select 1 union all select i + 1 from n where i < ?) select i from n',
  values: [most]
})
const endless = numbers(Number.MAX_SAFE_INTEGER)

const module = new URL('apart.testing.ts', import.meta.url).href

/** An endless task, once a worker has begun it; the promise is that of its result. */
async function running(signal: AbortSignal, limits: { timeLimitMs?: number } = {}): Promise<{ result: Promise<unknown> }> {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const began = Atomics.waitAsync(flag, 0, 0)
  const result = apart.fold(endless, { module, name: 'countRunning', options: { flag } }, { signal, ...limits })
  result.catch(() => {})
  await began.value
  return { result }
}

const open = () => apart.workers.threads.length

test('rows come from a worker, however many ask at once', async () => {
  const asked = Array.from({ length: 50 }, (_, index) => apart.rows<{ i: number }>(numbers(index + 1)))
  const answers = await Promise.all(asked)
  expect(answers.map(rows => rows.length)).toEqual(answers.map((_, index) => index + 1))
  expect(answers[2]).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }])
  expect(open()).toBeLessThanOrEqual(apart.workers.maxThreads)
  expect(apart.workers.queueSize).toBe(0)
})

test('a function of a module makes something of the rows in the worker', async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  expect(await apart.fold(numbers(12_345), { module, name: 'countRunning', options: { flag } })).toBe(12_345)
})

test('a statement that fails rejects, and the worker goes on', async () => {
  await expect(apart.rows({ sql: 'select i from nowhere', values: [] })).rejects.toThrow('nowhere')
  await expect(apart.rows({ sql: 'delete from sqlite_master', values: [] })).rejects.toThrow()
  expect(await apart.rows(numbers(1))).toEqual([{ i: 1 }])
})

test('work that is no longer wanted stops at once, and those who wait for its worker are served', async () => {
  const stop = new AbortController()
  const busy = await Promise.all(Array.from({ length: apart.workers.maxThreads }, () => running(stop.signal)))
  const waiting = [apart.rows(numbers(1)), apart.rows(numbers(2))]
  expect(apart.workers.queueSize).toBe(2)
  stop.abort(new Error('no longer wanted'))
  for (const { result } of busy) await expect(result).rejects.toThrow('no longer wanted')
  expect((await Promise.all(waiting)).map(rows => rows.length)).toEqual([1, 2])
  expect(apart.workers.queueSize).toBe(0)
})

test('work that is given up before its turn is never begun, and the others keep theirs', async () => {
  const stop = new AbortController()
  const late = new AbortController()
  const busy = await Promise.all(Array.from({ length: apart.workers.maxThreads }, () => running(stop.signal)))
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const given = apart.fold(endless, { module, name: 'countRunning', options: { flag } }, { signal: late.signal })
  const kept = apart.rows(numbers(3))
  late.abort(new Error('given up'))
  await expect(given).rejects.toThrow('given up')
  expect(apart.workers.queueSize).toBe(1)
  stop.abort(new Error('done'))
  expect(await kept).toHaveLength(3)
  for (const { result } of busy) await expect(result).rejects.toThrow('done')
  expect(flag[0]).toBe(0)
  await expect(apart.rows(numbers(1), { signal: late.signal })).rejects.toThrow('given up')
})

test('work that takes too long is stopped with 503', async () => {
  const { result } = await running(new AbortController().signal, { timeLimitMs: 300 })
  await expect(result).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('longer than 0.3 seconds') })
  expect(await apart.rows(numbers(1))).toHaveLength(1)
})

test('more than a hundred who wait are refused with 503', async () => {
  const stop = new AbortController()
  await Promise.all(Array.from({ length: apart.workers.maxThreads }, () => running(stop.signal)))
  const waiting = Array.from({ length: 100 }, () => apart.rows(numbers(1)))
  await expect(apart.rows(numbers(1))).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('Too many')
  })
  stop.abort(new Error('done'))
  expect((await Promise.all(waiting)).every(rows => rows.length === 1)).toBe(true)
})

test('nothing is left behind: no listener, no timer, no port, no thread more than the pool has', async () => {
  const { signal } = new AbortController()
  const left = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  await apart.rows(numbers(1), { signal })
  const before = left()
  for (let turn = 0; turn < 10; turn++) {
    const stop = new AbortController()
    const { result } = await running(stop.signal)
    stop.abort(new Error('stopped'))
    await expect(result).rejects.toThrow('stopped')
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
    await apart.rows(numbers(1), { signal })
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(left()).toBeLessThanOrEqual(before)
  expect(open()).toBeLessThanOrEqual(apart.workers.maxThreads)
})
