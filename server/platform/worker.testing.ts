import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { readConfig } from '../config.ts'
import { serve } from '../main.ts'
import type { JobKind } from './jobs.ts'

// A process of its own: the real server, with kinds of jobs that leave their traces in the file TRACE.

export interface Traced {
  name: string
  ms: number
}

/** Appended lines have one order over all processes. */
const trace = (what: string, { name }: Traced): void => appendFileSync(process.env.TRACE!, `${what} ${name} ${process.pid}\n`)

export const traced: JobKind<Traced> = {
  name: 'test.traced',
  run: async (_ctx, job, signal) => {
    trace('begin', job)
    await wait(job.ms, undefined, { signal }).catch(() => trace('abort', job))
    signal.throwIfAborted()
    trace('end', job)
  }
}

export const deadly: JobKind<Traced> = {
  name: 'test.deadly',
  attempts: 1,
  run: async (_ctx, job) => {
    trace('begin', job)
    process.kill(process.pid, 'SIGKILL')
  }
}

export const leaseMs = 1500

if (process.argv[1] === import.meta.filename) {
  const jobs = { kinds: [traced, deadly] as JobKind<unknown>[], pace: { leaseMs, pollMs: 20 } }
  await serve(readConfig(process.env), { snapshot: false }, async () => {}, jobs)
  process.stdout.write('ready\n')
}
