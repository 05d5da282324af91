import { expect, test } from 'vitest'
import { dropJobs } from '../db/joblist.ts'
import { rows } from '../db/rows.ts'
import { startApp } from '../testing.ts'
import type { Context } from './context.ts'
import {
  add,
  begun,
  ended,
  endless,
  failing,
  gated,
  gates,
  jobsOf,
  limited,
  noted,
  runsOf,
  statesOf,
  timesOf,
  unknown
} from './jobs.testing.ts'
import { enqueue, type JobKind } from './jobs.ts'
import { transact } from './transact.ts'

const pace = { slots: 8, perOrganization: 4, leaseMs: 600, pollMs: 20, pauseMs: 100 }
const app = await startApp({}, { kinds: [noted, failing, gated, endless, limited] as JobKind<unknown>[], pace })

test('a job runs once its transaction is committed, in its organization, and is gone; after one that is undone it never runs', async () => {
  const { ctx } = await app.organization()
  const undone = transact(ctx, async ctx => {
    enqueue(ctx, noted, { name: 'undone' })
    await rows(ctx, 'jobs').select('id').execute()
    throw new Error('changed its mind')
  })
  await expect(undone).rejects.toThrow('changed its mind')
  await transact(ctx, async ctx => {
    enqueue(ctx, noted, { name: 'done' })
    for (let look = 0; look < 5; look++) await rows(ctx, 'jobs').select('id').execute()
    expect(timesOf('done')).toEqual([])
  })
  await runsOf('done').toBe(1)
  await statesOf(ctx).toEqual([])
  expect(begun.filter(({ name }) => name === 'done')[0]?.organization).toBe(ctx.organization.id)
  expect(timesOf('undone')).toEqual([])
  expect(() => enqueue(ctx, noted, { name: 'outside' })).toThrow('outside of a transaction')
})

test('a job that fails is tried again, later each time, until it is dead with a short reason that tells no secret', async () => {
  const { ctx } = await app.organization()
  await add(ctx, failing, { name: 'hopeless', times: 99 })
  await statesOf(ctx).toEqual(['dead'])
  const [first, second, third] = timesOf('hopeless') as [number, number, number]
  expect(timesOf('hopeless')).toHaveLength(3)
  expect(second - first).toBeGreaterThanOrEqual(pace.pauseMs / 2 - 1)
  expect(third - second).toBeGreaterThanOrEqual(pace.pauseMs - 1)
  const [job] = await jobsOf(ctx)
  expect(job).toMatchObject({ attempts: 3, claimed_by: null, claimed_until: null })
  expect(job?.last_error).toBe('No answer from https://…example.com/hook… in time')
  await add(ctx, failing, { name: 'hopeful', times: 1 })
  await runsOf('hopeful').toBe(2)
  await statesOf(ctx).toEqual(['dead'])
})

test('a job is not run before its time', async () => {
  const { ctx } = await app.organization()
  const runAt = Date.now() + 300
  await add(ctx, noted, { name: 'later' }, { runAt })
  expect(await jobsOf(ctx)).toMatchObject([{ state: 'later', run_at: runAt }])
  await runsOf('later').toBe(1)
  expect(Date.now()).toBeGreaterThanOrEqual(runAt)
})

test('a job whose deadline has passed is dead without a run, and one that meets it while it runs is ended', async () => {
  const { ctx } = await app.organization()
  await add(ctx, noted, { name: 'too late' }, { deadlineAt: Date.now() - 1 })
  await statesOf(ctx).toEqual(['dead'])
  expect(timesOf('too late')).toEqual([])
  await add(ctx, endless, { name: 'due soon' }, { deadlineAt: Date.now() + 200 })
  await statesOf(ctx).toEqual(['dead', 'dead'])
  expect(ended).toContainEqual({ name: 'due soon', reason: 'Its deadline passed' })
  expect((await jobsOf(ctx)).map(job => job.last_error)).toEqual(['Its deadline passed', 'Its deadline passed'])
})

test('a job that fails has no further run after its deadline', async () => {
  const { ctx } = await app.organization()
  await add(ctx, failing, { name: 'no time', times: 99 }, { deadlineAt: Date.now() + 49 })
  await statesOf(ctx).toEqual(['dead'])
  expect(timesOf('no time').length).toBeLessThanOrEqual(1)
})

test('a run that takes too long is ended', async () => {
  const { ctx } = await app.organization()
  await add(ctx, limited, { name: 'limited' })
  await statesOf(ctx).toEqual(['dead'])
  expect(ended).toContainEqual({ name: 'limited', reason: 'It took longer than 0.5 s' })
})

test('of an organization’s jobs the urgent are run first, and equal ones in their order', async () => {
  const single = await startApp({}, { kinds: [noted] as JobKind<unknown>[], pace: { slots: 1 } })
  const { ctx } = await single.organization()
  await transact(ctx, async ctx => {
    for (const [name, priority] of [['c', 5], ['e', 9], ['d', 5], ['a', 1], ['b', 2]] as const) // biome-ignore format: a list
      enqueue(ctx, noted, { name: `urgent ${name}` }, { priority })
  })
  await statesOf(ctx).toEqual([])
  const order = begun.filter(({ name }) => name.startsWith('urgent')).map(({ name }) => name.slice(-1))
  expect(order).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('an organization with 10,000 jobs keeps no other waiting', async () => {
  const [noisy, quiet] = [await app.organization(), await app.organization()]
  gates.set('slow', Promise.withResolvers())
  await transact(noisy.ctx, async ctx => {
    for (let count = 0; count < 10_000; count++) enqueue(ctx, gated, { name: 'slow' }, { priority: 1 })
  })
  await runsOf('slow').toBe(pace.perOrganization)
  await add(quiet.ctx, noted, { name: 'single' }, { priority: 9 })
  await runsOf('single').toBe(1)
  expect(timesOf('slow')).toHaveLength(pace.perOrganization)
  gates.get('slow')?.resolve()
  await runsOf('slow').toBeGreaterThan(100)
  const before = timesOf('slow').length
  await add(quiet.ctx, noted, { name: 'another' }, { priority: 9 })
  await runsOf('another').toBe(1)
  expect(timesOf('slow').length - before).toBeLessThan(100)
  const { store } = app.app.house
  const choice = { states: ['waiting' as const], organization: noisy.id }
  while ((await store.transact(db => dropJobs(db, choice))) > 0);
  await statesOf(noisy.ctx).toEqual([])
})

test('organizations take turns, however many are noisy', async () => {
  const [one, two, quiet] = [await app.organization(), await app.organization(), await app.organization()]
  const names = (of: string) => Array.from({ length: 10 }, (_, count) => `${of}${count}`)
  for (const name of [...names('one'), ...names('two')]) gates.set(name, Promise.withResolvers())
  const add10 = (ctx: Context, of: string) =>
    transact(ctx, async ctx => {
      for (const name of names(of)) enqueue(ctx, gated, { name })
    })
  const before = begun.length
  await Promise.all([add10(one.ctx, 'one'), add10(two.ctx, 'two')])
  await expect.poll(() => begun.length).toBe(before + pace.slots)
  await add(quiet.ctx, noted, { name: 'turn' })
  gates.get('one0')?.resolve()
  await runsOf('turn').toBe(1)
  expect(begun.findIndex(({ name }) => name === 'turn')).toBe(before + pace.slots)
  for (const gate of gates.values()) gate.resolve()
  await statesOf(one.ctx).toEqual([])
  await statesOf(two.ctx).toEqual([])
})

test('the process that enqueues a job runs it at once, without looking for it', async () => {
  const lazy = await startApp({}, { kinds: [noted] as JobKind<unknown>[], pace: { pollMs: 600_000 } })
  const { ctx } = await lazy.organization()
  for (const name of ['first', 'second']) {
    await add(ctx, noted, { name })
    await runsOf(name).toBe(1)
  }
  await statesOf(ctx).toEqual([])
})

test('a job that is dropped while it runs is ended', async () => {
  const { id, ctx } = await app.organization()
  await add(ctx, endless, { name: 'dropped' })
  await runsOf('dropped').toBe(1)
  await ctx.store.transact(db => dropJobs(db, { states: ['running'], organization: id }))
  await expect.poll(() => ended).toContainEqual({ name: 'dropped', reason: 'The claim was lost' })
  expect(await jobsOf(ctx)).toEqual([])
})

test('a job of a newer program waits for one', async () => {
  const { ctx } = await app.organization()
  await add(ctx, unknown, { name: 'newer' })
  await statesOf(ctx).toEqual(['later'])
  expect(await jobsOf(ctx)).toMatchObject([{ attempts: 1, last_error: 'This program knows no such kind of job' }])
})

test('/metrics tells of jobs by state, of what was done and failed, and how long the first has waited', async () => {
  const { ctx } = await app.organization()
  await add(ctx, noted, { name: 'future' }, { runAt: Date.now() + 3_600_000 })
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const value = (name: string): number =>
    Number(
      text
        .split('\n')
        .find(line => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1)
    )
  expect(value('liveforce_jobs{state="later"}')).toBeGreaterThan(0)
  expect(value('liveforce_jobs{state="dead"}')).toBeGreaterThan(0)
  for (const name of [
    'liveforce_jobs{state="waiting"}',
    'liveforce_jobs{state="running"}',
    'liveforce_jobs_oldest_waiting_seconds'
  ])
    expect(value(name), name).toBeGreaterThanOrEqual(0)
  expect(value('liveforce_jobs_done_total')).toBeGreaterThan(0)
  expect(value('liveforce_jobs_failed_total')).toBeGreaterThan(0)
})
