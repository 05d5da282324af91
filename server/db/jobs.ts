import { type ExpressionBuilder, type Selectable, sql, type Updateable } from 'kysely'
import { unclaimed } from './dialect.ts'
import type { Handle } from './handle.ts'
import { remove, type Scope, update } from './rows.ts'
import type { JobState, JobsTable, Tables } from './tables.ts'

// The queue's queries. They alone look over the rows of all organizations, as who claims does not know yet whose turn it is.

export type Job = Selectable<JobsTable>
/** What a claim leaves behind. */
export type NextOfJob = Updateable<JobsTable>
export type Key = Pick<Job, 'organization_id' | 'id'>
export type Columns = ExpressionBuilder<Tables, 'jobs'>

// States stand in the text: a partial index is only taken for what is known when the statement is planned.
export const isIn =
  (...states: JobState[]) =>
  (eb: Columns) =>
    eb.or(states.map(state => eb('state', '=', sql.lit(state))))

export const jobsIn = ({ kysely }: Handle, state: JobState) => kysely.selectFrom('jobs').where(isIn(state))
const due = (db: Handle, now: number) => jobsIn(db, 'later').where('run_at', '<=', now)
const ownerOf = (db: Handle, { organization_id }: Key): Scope => ({ db, organization: { id: organization_id } })

/** Ids of jobs by whose they are: one statement changes all of one organization. */
export function* byOwner(db: Handle, jobs: Key[]): Generator<[owner: Scope, ids: number[]]> {
  for (const [, own] of Map.groupBy(jobs, job => job.organization_id)) yield [ownerOf(db, own[0] as Key), own.map(({ id }) => id)]
}

/** Whether looking for work may find some; a transaction for each look would be dear. */
export async function hasWork(db: Handle, now: number): Promise<boolean> {
  for (const jobs of [jobsIn(db, 'waiting'), due(db, now)]) if (await jobs.select('id').limit(1).executeTakeFirst()) return true
  return false
}

/** Has the jobs wait whose time has come: as many as make a short transaction. */
export async function callDue(db: Handle, now: number): Promise<void> {
  const called = await unclaimed(db, due(db, now).select(['organization_id', 'id']).orderBy('run_at').limit(200)).execute()
  for (const [owner, ids] of byOwner(db, called))
    await update(owner, 'jobs').set({ state: 'waiting' }).where('id', 'in', ids).execute()
}

interface Claiming {
  by: string
  until: number
  /** How many jobs in all, and how many of one organization with those that it runs already. */
  most: number
  each: number
  running: Job[]
  /** The organization that was served last. */
  turn: number
}

/** Claims jobs that wait: organizations take turns, and one that has its share is passed over. Resolves with who was served last. */
export async function claimJobs(db: Handle, claiming: Claiming): Promise<{ jobs: Job[]; turn: number }> {
  const { by, until, most, each, running } = claiming
  const jobs: Job[] = []
  let { turn } = claiming
  let isIdleRound = turn === 0
  while (jobs.length < most) {
    const job = await jobAfter(db, turn)
    if (!job && isIdleRound) break
    turn = job?.organization_id ?? 0
    if (!job) isIdleRound = true
    const own = [...running, ...jobs].filter(({ organization_id }) => organization_id === turn)
    if (!job || own.length >= each || own.some(({ id }) => id === job.id)) continue
    jobs.push(await claim(db, job, by, until))
    isIdleRound = false
  }
  return { jobs, turn }
}

/** The first job of the next organization after this id that has one waiting: one step in an index, however many there are. */
const jobAfter = (db: Handle, organizationId: number): Promise<Job | undefined> => {
  const waiting = jobsIn(db, 'waiting').where('organization_id', '>', organizationId).selectAll()
  const inTurn = waiting.orderBy('organization_id').orderBy('priority').orderBy('run_at').orderBy('id').limit(1)
  return unclaimed(db, inTurn).executeTakeFirst()
}

async function claim(db: Handle, job: Job, by: string, until: number): Promise<Job> {
  const claimed = { state: 'running', attempts: job.attempts + 1, claimed_by: by, claimed_until: until } as const
  await update(ownerOf(db, job), 'jobs').set(claimed).where('id', '=', job.id).execute()
  return { ...job, ...claimed }
}

/** That the job is still this claim's, and of no later one of the same worker. */
const isHeld =
  ({ id, claimed_by, attempts }: Job) =>
  (eb: Columns) =>
    eb.and({ id, claimed_by, attempts })

/** Renews a claim; false when it does not stand any more. */
export async function renew(db: Handle, job: Job, until: number): Promise<boolean> {
  const renewed = update(ownerOf(db, job), 'jobs').set({ claimed_until: until }).where(isHeld(job)).returning('id')
  return (await renewed.executeTakeFirst()) !== undefined
}

/** Ends a claim, if it still stands: the job is done and gone, or goes on as `next` says. */
export async function endClaim(db: Handle, job: Job, next?: NextOfJob): Promise<void> {
  const owner = ownerOf(db, job)
  const free = { ...next, claimed_by: null, claimed_until: null }
  if (next) await update(owner, 'jobs').set(free).where(isHeld(job)).execute()
  else await remove(owner, 'jobs').where(isHeld(job)).execute()
}

/** The claims of all workers. */
export const claims = (db: Handle) => jobsIn(db, 'running').select(['organization_id', 'id', 'claimed_until']).execute()

/** Ends the claim of a worker that is gone: the job waits again. */
export const release = (db: Handle, { claimed_until, ...job }: Awaited<ReturnType<typeof claims>>[number]) =>
  update(ownerOf(db, job), 'jobs')
    .set({ state: 'waiting', claimed_by: null, claimed_until: null })
    .where(isIn('running'))
    .where('id', '=', job.id)
    .where('claimed_until', '=', claimed_until)
    .execute()
