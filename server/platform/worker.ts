import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { callDue, claimJobs, claims, endClaim, hasWork, type Job, type NextOfJob, release, renew } from '../db/jobs.ts'
import type { Context, House } from './context.ts'
import type { JobKind } from './jobs.ts'

const usualPace = {
  /** How many jobs at once, and how many of them of one organization. */
  slots: 8,
  perOrganization: 4,
  /** How long a claim stands that is not renewed, in milliseconds; it is renewed six times as often. */
  leaseMs: 30_000,
  /** Between looks for work that nobody tells of. */
  pollMs: 1000,
  /** Before the second run of a job that failed; doubled for each further one, up to an hour. */
  pauseMs: 2000
}

export type Pace = typeof usualPace

interface Parts {
  house: House
  kinds: JobKind<unknown>[]
  /** The installation's own context in an organization. */
  contextOf: (organizationId: number) => Promise<Context>
  log: FastifyBaseLogger
  pace?: Partial<Pace> | undefined
}

interface Run {
  job: Job
  aborting: AbortController
  ended: Promise<void>
}

const usualLimits = { attempts: 12, limitMs: 60_000 }
const longestPauseMs = 3_600_000
const stopped = new Error('The process stops')
const lost = new Error('The claim was lost')

/** Runs jobs of the queue in this process, beside the workers of others. */
export class Worker {
  /** Since the process began: jobs done, and runs that failed. */
  readonly counts = { done: 0, failed: 0 }
  readonly #parts: Parts
  readonly #pace: Pace
  readonly #name = `${hostname().slice(0, 60)} ${process.pid} ${randomBytes(8).toString('hex')}`
  readonly #runs = new Map<number, Run>()
  /** The claims of all workers, and since when this one has seen them unrenewed. */
  #seen = new Map<string, number>()
  #turn = 0
  #isAsked = false
  #isFailing = false
  #isStopping = false
  #looking: Promise<void> | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#pace = { ...usualPace, ...parts.pace }
  }

  /** Looks for work from now on; needs the migrated database. */
  start(): void {
    this.#parts.house.enqueued.on('jobs', this.#look)
    this.#poll = setInterval(this.#look, this.#pace.pollMs).unref()
    this.#look()
  }

  /** Ends the runs under way; jobs that are not done by then wait again. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#parts.house.enqueued.off('jobs', this.#look)
    clearInterval(this.#poll)
    await this.#looking
    for (const { aborting } of this.#runs.values()) aborting.abort(stopped)
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  readonly #look = (): void => {
    this.#isAsked = !this.#isStopping
    if (this.#isStopping || this.#looking) return
    this.#isAsked = false
    this.#looking = this.#attempt(() => this.#fill()).then(() => {
      this.#looking = undefined
      if (this.#isAsked) this.#look()
    })
  }

  /** Claims jobs for the slots that are free, and begins them. */
  async #fill(): Promise<void> {
    const { slots, perOrganization, leaseMs } = this.#pace
    const { store } = this.#parts.house
    await this.#takeOver()
    const [now, asked] = [Date.now(), performance.now()]
    const running = [...this.#runs.values()].map(({ job }) => job)
    if (running.length === slots || !(await hasWork(store.reader, now))) return
    const claiming = { by: this.#name, until: now + leaseMs, most: slots - running.length, each: perOrganization, running }
    const { jobs, turn } = await store.transact(async db => {
      await callDue(db, now)
      return claimJobs(db, { ...claiming, turn: this.#turn })
    })
    this.#turn = turn
    for (const job of jobs) this.#begin(job, asked)
  }

  /** Frees the jobs of workers that are gone. Clocks differ and are set, so it counts how long this one has seen a claim unrenewed. */
  async #takeOver(): Promise<void> {
    const { store } = this.#parts.house
    const now = performance.now()
    const seen = new Map<string, number>()
    for (const claim of await claims(store.reader)) {
      const key = `${claim.id} ${claim.claimed_until}`
      const since = this.#seen.get(key) ?? now
      seen.set(key, since)
      if (now - since > this.#pace.leaseMs) await store.transact(db => release(db, claim))
    }
    this.#seen = seen
  }

  #begin(job: Job, asked: number): void {
    const aborting = new AbortController()
    if (this.#isStopping) aborting.abort(stopped)
    const ended = this.#keep(job, aborting, asked).then(() => {
      this.#runs.delete(job.id)
      this.#look()
    })
    this.#runs.set(job.id, { job, aborting, ended })
  }

  /** Renews the claim while the job runs, and ends the run before a claim that cannot be renewed: timers go by a clock that nobody sets. */
  async #keep(job: Job, aborting: AbortController, asked: number): Promise<void> {
    const { store } = this.#parts.house
    const { leaseMs, pollMs } = this.#pace
    const leftMs = (leaseMs * 5) / 6 - (performance.now() - asked)
    const lapse = setTimeout(() => aborting.abort(lost), Math.max(leftMs, 0))
    const renewal = setInterval(() => {
      const asked = performance.now()
      this.#attempt(async () => {
        if (!(await store.transact(db => renew(db, job, Date.now() + leaseMs)))) aborting.abort(lost)
        else if (performance.now() - asked < leaseMs / 6) lapse.refresh()
      })
    }, leaseMs / 6)
    const next = await this.#perform(job, aborting)
    // What is done shall not be done twice: while the database cannot write, the claim is kept.
    while (!(await this.#attempt(() => store.transact(db => endClaim(db, job, next))))) {
      if (this.#isStopping || aborting.signal.reason === lost) break
      await wait(pollMs)
    }
    clearInterval(renewal)
    clearTimeout(lapse)
  }

  /** Runs the job and resolves with what becomes of it, which is nothing more when it is done. */
  async #perform(job: Job, aborting: AbortController): Promise<NextOfJob | undefined> {
    const kind = this.#parts.kinds.find(({ name }) => name === job.kind)
    const { attempts, limitMs } = { ...usualLimits, ...kind }
    const leftMs = (job.deadline_at ?? Infinity) - Date.now()
    const late = new Error(leftMs < limitMs ? 'Its deadline passed' : `It took longer than ${limitMs / 1000} s`)
    const limit = setTimeout(() => aborting.abort(late), Math.max(Math.min(leftMs, limitMs), 0))
    try {
      if (!kind) throw new Error('This program knows no such kind of job')
      if (job.attempts > attempts) throw new Error('Its process ended during each run')
      if (leftMs <= 0) throw late
      const ctx = await this.#parts.contextOf(job.organization_id)
      aborting.signal.throwIfAborted()
      await kind.run(ctx, JSON.parse(job.payload), aborting.signal)
      this.counts.done++
      return undefined
    } catch (error) {
      const reason: unknown = aborting.signal.aborted ? aborting.signal.reason : error
      return reason === stopped ? { state: 'waiting', attempts: job.attempts - 1 } : this.#failed(job, attempts, reason)
    } finally {
      clearTimeout(limit)
    }
  }

  /** What becomes of a job whose run failed: it is tried again, later each time, or is dead. */
  #failed(job: Job, attempts: number, error: unknown): NextOfJob {
    const pause = Math.min(this.#pace.pauseMs * 2 ** (job.attempts - 1), longestPauseMs) * (0.5 + Math.random() / 2)
    const runAt = Math.round(Date.now() + pause)
    const isDead = job.attempts >= attempts || runAt >= (job.deadline_at ?? Infinity)
    this.counts.failed++
    const about = { job: job.id, kind: job.kind, organization: job.organization_id, attempts: job.attempts, err: error }
    if (isDead) this.#parts.log.error(about, 'job failed for good')
    else this.#parts.log.warn(about, 'job failed, and is tried again')
    return { state: isDead ? 'dead' : 'later', run_at: isDead ? job.run_at : runAt, last_error: describe(error) }
  }

  /** Resolves with whether it worked. What the database cannot do now is tried again later; that is told once. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      this.#isFailing = false
      return true
    } catch (error) {
      if (!this.#isFailing) this.#parts.log.error({ err: error }, 'the queue cannot be worked on, and is tried again')
      this.#isFailing = true
      return false
    }
  }
}

/** One short line, without the credentials that an address may hold. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/(?<=\/\/)[^/@\s]*@|\?\S+/g, '…')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 200)
}
