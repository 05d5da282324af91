import { expect, test } from 'vitest'
import { rowsApart } from '../db/apart.ts'
import { startApp } from '../testing.ts'

const app = await startApp()
const { store } = app.app.house

const module = new URL('../db/apart.testing.ts', import.meta.url).href
const endless = {
  sql: 'with recursive n (i) as (select 1 union all select i + 1 from n where i < ?) select i from n',
  values: [Number.MAX_SAFE_INTEGER]
}

/** Keeps every reader worker busy; gives what ends that. */
async function occupy(): Promise<() => Promise<unknown>> {
  const stop = new AbortController()
  const busy = Array.from({ length: store.apart.workers.maxThreads }, async () => {
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const began = Atomics.waitAsync(flag, 0, 0)
    const result = store.apart.fold(endless, { module, name: 'countRunning', options: { flag } }, { signal: stop.signal })
    result.catch(() => {})
    await began.value
    return { result }
  })
  const results = (await Promise.all(busy)).map(({ result }) => result)
  return () => {
    stop.abort(new Error('free'))
    return Promise.allSettled(results)
  }
}

test('of one organization eight searches and reports wait at most, the ninth is 503, and others are served', async () => {
  const [noisy, other] = [await app.organization(), await app.organization()]
  const free = await occupy()
  const paths = ['/ticket/list?search=a', '/leads/list?status=1&assigned=1', '/deals/list?with_total=1', '/leads/report']
  const heavy = Array.from({ length: 8 }, (_, index) => noisy.api.get(`/api/v1${paths[index % paths.length]}`))
  await expect.poll(() => store.apart.workers.queueSize, { timeout: 20_000 }).toBe(8)
  for (const path of [...paths, '/leads/count-by-status', '/leads/report/csv']) {
    const { status, headers, body } = await noisy.api.get(`/api/v1${path}`)
    expect([path, status, headers.get('retry-after')]).toEqual([path, 503, '2'])
    expect(body.message).toMatch(/^8 searches or reports of this organization are running or waiting/)
  }
  expect((await noisy.api.get('/api/v1/ticket/list')).status).toBe(200)
  const served = other.api.get('/api/v1/ticket/list?search=a')
  await expect.poll(() => store.apart.workers.queueSize, { timeout: 20_000 }).toBe(9)
  await free()
  expect((await Promise.all([...heavy, served])).map(({ status }) => status)).toEqual(Array(9).fill(200))
  expect((await noisy.api.get('/api/v1/ticket/list?search=a')).status).toBe(200)
})

test('what goes on with something begun waits for its turn, and failures give their places back', async () => {
  const { ctx } = await app.organization()
  const free = await occupy()
  const one = { sql: 'select 1 as i', values: [] }
  const taken = Array.from({ length: 8 }, (_, index) =>
    rowsApart(ctx, index % 2 ? one : { ...one, sql: 'select i from nowhere' })
  )
  const later = Array.from({ length: 12 }, () => rowsApart(ctx, one, { goesOn: true }))
  await expect(rowsApart(ctx, one)).rejects.toMatchObject({ kind: 'unavailable' })
  expect(store.apart.workers.queueSize).toBe(8)
  await free()
  const settled = await Promise.allSettled(taken)
  expect(settled.map(({ status }) => status)).toEqual(settled.map((_, index) => (index % 2 ? 'fulfilled' : 'rejected')))
  expect(await Promise.all(later)).toEqual(later.map(() => [{ i: 1 }]))
  const again = Array.from({ length: 8 }, () => rowsApart(ctx, one))
  expect(await Promise.all(again)).toHaveLength(8)
})
