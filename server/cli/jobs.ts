import type { Config } from '../config.ts'
import type { Handle } from '../db/handle.ts'
import { batch, type Choice, dropJobs, listJobs, retryJobs } from '../db/joblist.ts'
import type { Job } from '../db/jobs.ts'
import type { JobState } from '../db/tables.ts'
import { isoTime } from '../platform/clock.ts'
import type { House } from '../platform/context.ts'
import { inOrganization, withOldHouse } from './database.ts'
import { Failure } from './failures.ts'
import { print, printJson } from './output.ts'

interface Options {
  organization?: number
  state?: JobState
  json?: boolean
}

/** `liveforce jobs list`. */
export async function list(config: Config, { organization, state, limit, json }: Options & { limit: number }): Promise<void> {
  const states: JobState[] = state ? [state] : ['later', 'waiting', 'running', 'dead']
  const jobs = await inHouse(config, organization, ({ store }) => listJobs(store.reader, { states, organization }, limit))
  if (json) return printJson(jobs.map(shown))
  const rows = jobs.map(job => {
    const about = [
      job.id,
      `organization ${job.organization_id}`,
      job.kind,
      job.state,
      isoTime(job.run_at),
      `${job.attempts} tries`
    ]
    return [...about, ...(job.last_error === null ? [] : [job.last_error])].join('  ')
  })
  print(...(rows.length > 0 ? rows : ['There are no such jobs.']))
}

const shown = ({ payload, claimed_until, ...job }: Job) => ({
  ...job,
  payload: JSON.parse(payload) as unknown,
  run_at: isoTime(job.run_at),
  deadline_at: job.deadline_at === null ? null : isoTime(job.deadline_at),
  created_at: isoTime(job.created_at)
})

/** `liveforce jobs retry`. */
export async function retry(config: Config, ids: number[], options: Options): Promise<void> {
  const count = await change(config, ids, options, ['later', 'dead'], retryJobs)
  if (options.json) printJson({ retried: count })
  else print(`${jobs(count)} will run now.`)
}

/** `liveforce jobs drop`. */
export async function drop(config: Config, ids: number[], options: Options): Promise<void> {
  const count = await change(config, ids, options, ['later', 'waiting', 'running', 'dead'], dropJobs)
  if (options.json) printJson({ dropped: count })
  else print(`Dropped ${jobs(count)}.`)
}

const jobs = (count: number): string => (count === 1 ? '1 job' : `${count} jobs`)

/** Changes the jobs that are meant, in transactions of a batch; when an id means none of them, nothing. */
async function change(
  config: Config,
  ids: number[],
  { organization, state }: Options,
  states: JobState[],
  some: (db: Handle, choice: Choice) => Promise<number>
): Promise<number> {
  if (ids.length === 0 && !state) throw new Failure('Name the ids of jobs, or a --state for all in it', 2)
  const choice = { states: state ? [state] : states, organization, ids: ids.length > 0 ? [...new Set(ids)] : undefined }
  return inHouse(config, organization, async ({ store }) => {
    const found = new Set((await listJobs(store.reader, choice, choice.ids?.length ?? 0)).map(({ id }) => id))
    const missing = choice.ids?.filter(id => !found.has(id)) ?? []
    if (missing.length > 0) throw new Failure(`No job that is ${choice.states.join(' or ')} has the id ${missing.join(' or ')}`)
    let count = 0
    for (let more = true; more; ) {
      const changed = await store.transact(db => some(db, choice))
      count += changed
      more = changed === batch
    }
    return count
  })
}

const inHouse = <T>(config: Config, organization: number | undefined, work: (house: House) => Promise<T>): Promise<T> =>
  organization === undefined ? withOldHouse(config, work) : inOrganization(config, organization, work)
