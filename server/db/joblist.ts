import type { Handle } from './handle.ts'
import { byOwner, type Columns, isIn, type Job, jobsIn, type Key } from './jobs.ts'
import { remove, update } from './rows.ts'
import type { JobState } from './tables.ts'

// What a person asks of the queue, in one organization or in all.

/** Which jobs are meant: those in these states, and of them, where given, these ids and this organization's. */
export interface Choice {
  states: JobState[]
  ids?: number[] | undefined
  organization?: number | undefined
}

const isOf =
  ({ states, ids, organization }: Choice) =>
  (eb: Columns) =>
    eb.and([
      isIn(...states)(eb),
      ...(ids ? [eb('id', 'in', ids)] : []),
      ...(organization ? [eb('organization_id', '=', organization)] : [])
    ])

/** At most `most` jobs of a choice, the newest first. */
export const listJobs = ({ kysely }: Handle, choice: Choice, most: number): Promise<Job[]> =>
  kysely.selectFrom('jobs').selectAll().where(isOf(choice)).orderBy('id', 'desc').limit(most).execute()

/** How many jobs one transaction changes, so that no other waits for it for long. */
export const batch = 500

/** Has jobs of a choice run from the beginning and without a deadline: a batch of them, and resolves with how many. */
export async function retryJobs(db: Handle, choice: Choice): Promise<number> {
  const anew = { state: 'waiting', run_at: Date.now(), deadline_at: null, attempts: 0 } as const
  const jobs = await someOf(db, choice)
  for (const [owner, ids] of byOwner(db, jobs))
    await update(owner, 'jobs')
      .set(anew)
      .where('id', 'in', ids)
      .where(isIn(...choice.states))
      .execute()
  return jobs.length
}

/** Removes jobs of a choice: a batch of them, and resolves with how many. A run under way is ended. */
export async function dropJobs(db: Handle, choice: Choice): Promise<number> {
  const jobs = await someOf(db, choice)
  for (const [owner, ids] of byOwner(db, jobs))
    await remove(owner, 'jobs')
      .where('id', 'in', ids)
      .where(isIn(...choice.states))
      .execute()
  return jobs.length
}

const someOf = ({ kysely }: Handle, choice: Choice): Promise<Key[]> =>
  kysely.selectFrom('jobs').select(['organization_id', 'id']).where(isOf(choice)).limit(batch).execute()

const countMost = 10_000

/** How many jobs are in each state, counted to 10,000, and for how many seconds the first one has waited. */
export async function countJobs(db: Handle): Promise<{ counts: Record<JobState, number>; waited: number }> {
  const counts = { later: 0, waiting: 0, running: 0, dead: 0 }
  for (const state of Object.keys(counts) as JobState[]) {
    const some = jobsIn(db, state).select('id').limit(countMost).as('some')
    const count = db.kysely.selectFrom(some).select(eb => eb.fn.countAll<number>().as('jobs'))
    counts[state] = Number((await count.executeTakeFirst())?.jobs)
  }
  const first = await jobsIn(db, 'waiting').select('run_at').orderBy('run_at').limit(1).executeTakeFirst()
  return { counts, waited: first ? Math.max(Date.now() - first.run_at, 0) / 1000 : 0 }
}
