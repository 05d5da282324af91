import type { WriteHandle } from '../db/handle.ts'
import { prepared } from '../db/prepared.ts'
import { insert } from '../db/rows.ts'
import type { JobsTable } from '../db/tables.ts'
import type { Context } from './context.ts'

// Work that outlives a request: noted in the transaction of the change, begun after its commit, done at least once.

/** One kind of work. A feature declares it, `app.ts` mounts it. */
export interface JobKind<Payload> {
  /** Such as `files.remove`. It stands in the database, so it stays. */
  name: string
  /**
   * Does the work in the job's organization. It may have been done before, wholly or in part, and ends soon after `signal`: when the
   * run takes too long, its deadline passes, the process stops or another one took the job over. Throws what makes it to be tried again.
   */
  run(ctx: Context, payload: Payload, signal: AbortSignal): Promise<void>
  /** How many runs are begun before the job is dead; 12 unless said, which takes about an hour. */
  attempts?: number
  /** How long a run may take, in milliseconds; a minute unless said. */
  limitMs?: number
}

export interface JobOptions {
  /** 1 to 9, and 1 is run first; 5 unless said. It counts within the organization: organizations take turns. */
  priority?: number
  /** The time (milliseconds) before which it is not run. */
  runAt?: number
  /** The time (milliseconds) after which it is of no use. */
  deadlineAt?: number
}

export type PendingJob = Omit<JobsTable, 'id' | 'organization_id' | 'attempts' | 'claimed_by' | 'claimed_until' | 'last_error'>

/**
 * Notes work to be done once the transaction is committed. The payload is JSON of ids and keys: it holds no secret and no contents.
 * Written when the transaction ends.
 */
export function enqueue<Payload>(
  ctx: Context,
  kind: JobKind<Payload>,
  payload: NoInfer<Payload>,
  options: JobOptions = {}
): void {
  if (!ctx.pendingJobs) throw new Error(`${kind.name} enqueued outside of a transaction`)
  const { priority = 5, runAt = 0, deadlineAt = null } = options
  const now = Date.now()
  ctx.pendingJobs.push({
    kind: kind.name,
    payload: JSON.stringify(payload),
    priority,
    state: runAt > now ? 'later' : 'waiting',
    run_at: Math.max(runAt, now),
    deadline_at: deadlineAt,
    created_at: now
  })
}

const insertJob = prepared<PendingJob>()((scope, arg) =>
  insert(scope, 'jobs', {
    kind: arg('kind'),
    payload: arg('payload'),
    priority: arg('priority'),
    state: arg('state'),
    run_at: arg('run_at'),
    deadline_at: arg('deadline_at'),
    attempts: 0,
    created_at: arg('created_at')
  })
)

/** So many that one load takes less time than a statement for each. */
const many = 20

/** Writes what `enqueue` noted, in its transaction. */
export async function writeJobs(
  db: WriteHandle,
  { organization }: Pick<Context, 'organization'>,
  jobs: PendingJob[]
): Promise<void> {
  if (jobs.length < many) for (const job of jobs) await insertJob.all({ db, organization }, job)
  else {
    const columns = Object.keys(jobs[0] as PendingJob) as (keyof PendingJob)[]
    const values = jobs.map(job => [organization.id, ...columns.map(column => job[column]), 0])
    await db.insertMany('jobs', ['organization_id', ...columns, 'attempts'], values)
  }
}
