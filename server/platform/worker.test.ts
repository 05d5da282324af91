import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { hold, makeEnv } from '../database.testing.ts'
import { migrate } from '../db/migrate.ts'
import { rows } from '../db/rows.ts'
import { openHouse } from '../house.ts'
import { createOrganization } from '../organizations/actions.ts'
import { contextOf } from '../organizations/queries.ts'
import type { Context } from './context.ts'
import { enqueue, type JobKind } from './jobs.ts'
import { transact } from './transact.ts'
import { deadly, leaseMs, type Traced, traced } from './worker.testing.ts'

// Workers as processes of their own on one database, which is fed from here, where none works.

const { env: own, drop } = await makeEnv()
const env = { ...own, PORT: '0', LOG_LEVEL: 'silent', TRACE: join(own.DATA_DIR, 'trace') }
const house = await openHouse(readConfig(env))
await migrate(house.store)
const children = new Set<ChildProcess>()

afterEach(() => Promise.all([...children].map(child => end(child, 'SIGKILL'))))
afterAll(async () => {
  await house.store.close()
  await drop()
})

async function startWorker(): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.testing.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  children.add(child)
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  return child as ChildProcess & { pid: number }
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  children.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  const [code] = await once(child, 'exit')
  return code
}

/** A new organization on an empty queue without traces. */
async function organization(): Promise<Context> {
  await house.store.transact(db => db.kysely.deleteFrom('jobs').execute())
  await writeFile(env.TRACE, '')
  const { organizationId } = await createOrganization(house, { name: 'Firm', email: 'jane@example.com' })
  return contextOf(house, organizationId)
}

const add = (ctx: Context, kind: JobKind<Traced>, ...jobs: Traced[]) =>
  transact(ctx, async ctx => {
    for (const job of jobs) enqueue(ctx, kind, job)
  })
/** Of two processes the one that runs this job, and the other. */
async function contest(ctx: Context, job: Traced) {
  const workers = await Promise.all([startWorker(), startWorker()])
  await add(ctx, traced, job)
  await expect.poll(traces, soon).toHaveLength(1)
  const [runner, other] = traces()[0]?.endsWith(` ${workers[0].pid}`) ? workers : [workers[1], workers[0]]
  return { runner, other }
}

const jobsOf = (ctx: Context) => rows(ctx, 'jobs').selectAll().execute()
const traces = (): string[] => readFileSync(env.TRACE, 'utf8').split('\n').filter(Boolean)
const soon = { timeout: 20_000 }

test('two processes share the work, and each job is run by one of them, once', async () => {
  const ctx = await organization()
  const workers = await Promise.all([startWorker(), startWorker()])
  const names = Array.from({ length: 300 }, (_, count) => `job${count}`)
  await add(ctx, traced, ...names.map(name => ({ name, ms: 5 })))
  await expect.poll(() => jobsOf(ctx), soon).toEqual([])
  for (const what of ['begin', 'end']) {
    const told = traces().filter(line => line.startsWith(what))
    expect(told.map(line => line.split(' ')[1]).sort()).toEqual(names.toSorted())
    expect(new Set(told.map(line => Number(line.split(' ')[2])))).toEqual(new Set(workers.map(({ pid }) => pid)))
  }
})

test('a job that takes longer than its lease stays with a worker that lives', async () => {
  const ctx = await organization()
  await Promise.all([startWorker(), startWorker()])
  await add(ctx, traced, { name: 'long', ms: leaseMs * 2 })
  await expect.poll(() => jobsOf(ctx), soon).toEqual([])
  expect(traces().map(line => line.split(' ')[0])).toEqual(['begin', 'end'])
})

test('the job of a killed process is run by another one', async () => {
  const ctx = await organization()
  const { runner, other } = await contest(ctx, { name: 'interrupted', ms: 600_000 })
  await end(runner, 'SIGKILL')
  await expect.poll(traces, soon).toEqual([`begin interrupted ${runner.pid}`, `begin interrupted ${other.pid}`])
  expect(await jobsOf(ctx)).toMatchObject([{ state: 'running', attempts: 2 }])
})

test('a process that stops hands its jobs back', async () => {
  const ctx = await organization()
  const worker = await startWorker()
  await add(ctx, traced, { name: 'unfinished', ms: 600_000 })
  await expect.poll(traces, soon).toHaveLength(1)
  expect(await end(worker, 'SIGTERM')).toBe(0)
  expect(traces()).toEqual([`begin unfinished ${worker.pid}`, `abort unfinished ${worker.pid}`])
  expect(await jobsOf(ctx)).toMatchObject([{ state: 'waiting', attempts: 0, claimed_by: null, claimed_until: null }])
})

test('a process that was held up gives its job up to the one that took it over', async () => {
  const ctx = await organization()
  const { runner, other } = await contest(ctx, { name: 'contested', ms: leaseMs * 2 })
  runner.kill('SIGSTOP')
  await expect.poll(traces, soon).toContain(`begin contested ${other.pid}`)
  runner.kill('SIGCONT')
  await expect.poll(() => jobsOf(ctx), soon).toEqual([])
  expect(traces()).toEqual([
    `begin contested ${runner.pid}`,
    `begin contested ${other.pid}`,
    `abort contested ${runner.pid}`,
    `end contested ${other.pid}`
  ])
})

test('a process that cannot renew its claim ends its run by itself, and tries again when it can', async () => {
  const ctx = await organization()
  const worker = await startWorker()
  await add(ctx, traced, { name: 'cut off', ms: 600_000 })
  await expect.poll(traces, soon).toHaveLength(1)
  const free = await hold(house.store, 'update jobs set priority = priority')
  await expect.poll(traces, soon).toContain(`abort cut off ${worker.pid}`)
  await free()
  await expect.poll(traces, soon).toHaveLength(3)
})

test('a job that kills its process is dead after its last try', async () => {
  const ctx = await organization()
  const first = once(await startWorker(), 'exit')
  await add(ctx, deadly, { name: 'deadly', ms: 0 })
  await first
  const survivor = await startWorker()
  await expect.poll(() => jobsOf(ctx), soon).toMatchObject([{ state: 'dead', last_error: 'Its process ended during each run' }])
  expect([traces().length, survivor.exitCode]).toEqual([1, null])
})
