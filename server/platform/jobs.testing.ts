import { setTimeout as wait } from 'node:timers/promises'
import type { KyselyPlugin } from 'kysely'
import { expect } from 'vitest'
import type { Handle } from '../db/handle.ts'
import { countJobs } from '../db/joblist.ts'
import { callDue, claimJobs, claims, hasWork } from '../db/jobs.ts'
import { rows } from '../db/rows.ts'
import type { Context } from './context.ts'
import { enqueue, type JobKind, type JobOptions } from './jobs.ts'
import { transact } from './transact.ts'

// Kinds of jobs that leave their traces here, and what the tests of the queue ask of it.

interface Named {
  name: string
}

export const begun: { name: string; at: number; organization: number }[] = []
export const ended: { name: string; reason: string }[] = []
export const gates = new Map<string, PromiseWithResolvers<void>>()
const note = (ctx: Context, { name }: Named) => begun.push({ name, at: performance.now(), organization: ctx.organization.id })
export const timesOf = (name: string): number[] => begun.filter(run => run.name === name).map(({ at }) => at)

export const noted: JobKind<Named> = { name: 'test.noted', run: async (ctx, job) => void note(ctx, job) }
export const failing: JobKind<Named & { times: number }> = {
  name: 'test.failing',
  attempts: 3,
  run: async (ctx, job) => {
    note(ctx, job)
    if (timesOf(job.name).length > job.times) return
    throw new Error('No answer\nfrom https://jane:secret@example.com/hook?token=secret in time')
  }
}
export const gated: JobKind<Named> = {
  name: 'test.gated',
  run: async (ctx, job) => {
    note(ctx, job)
    await gates.get(job.name)?.promise
  }
}
export const endless: JobKind<Named> = {
  name: 'test.endless',
  attempts: 1,
  run: async (ctx, job, signal) => {
    note(ctx, job)
    await wait(600_000, undefined, { signal }).catch(() => ended.push({ name: job.name, reason: signal.reason.message }))
    signal.throwIfAborted()
  }
}
export const limited: JobKind<Named> = { ...endless, name: 'test.limited', limitMs: 500 }
export const unknown: JobKind<Named> = { ...noted, name: 'test.of-a-newer-program' }

export const add = <P>(ctx: Context, kind: JobKind<P>, payload: NoInfer<P>, options?: JobOptions) =>
  transact(ctx, async ctx => enqueue(ctx, kind, payload, options))
export const jobsOf = (ctx: Context) => rows(ctx, 'jobs').selectAll().orderBy('id').execute()
export const runsOf = (name: string) => expect.poll(() => timesOf(name).length, { timeout: 10_000 })
export const statesOf = (ctx: Context) =>
  expect.poll(async () => (await jobsOf(ctx)).map(({ state }) => state), { timeout: 10_000 })

/** The statements by which workers look for work, with values for them. */
export async function looksForWork({ kysely, ...handle }: Handle): Promise<{ sql: string; values: unknown[] }[]> {
  const asked: { sql: string; values: unknown[] }[] = []
  const listen: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      const { sql, parameters } = kysely.getExecutor().compileQuery(node, queryId)
      asked.push({ sql, values: parameters.map(() => 0) })
      return node
    },
    transformResult: async ({ result }) => result
  }
  const db: Handle = { ...handle, kysely: kysely.withPlugin(listen) }
  await hasWork(db, 0)
  await callDue(db, 0)
  await claimJobs(db, { by: '', until: 0, most: 1, each: 1, running: [], turn: 1 })
  await claims(db)
  await countJobs(db)
  expect(asked.length).toBeGreaterThan(8)
  return asked
}
