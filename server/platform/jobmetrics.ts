import type { Handle } from '../db/handle.ts'
import { countJobs } from '../db/joblist.ts'

/** The queue in Prometheus' text format: what this process did, and what stands in the database, unless it cannot be asked now. */
export async function jobMetrics(db: Handle, { done, failed }: { done: number; failed: number }): Promise<string> {
  const queue = await countJobs(db).catch(() => undefined)
  return [
    metric('liveforce_jobs_done_total', 'counter', 'Jobs this process did', { '': done }),
    metric('liveforce_jobs_failed_total', 'counter', 'Runs that failed in this process', { '': failed }),
    queue && metric('liveforce_jobs', 'gauge', 'Jobs by state, each counted to 10000', labelled(queue.counts)),
    queue && metric('liveforce_jobs_oldest_waiting_seconds', 'gauge', 'How long the first job has waited', { '': queue.waited })
  ]
    .filter(Boolean)
    .join('')
}

const labelled = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).map(([state, count]) => [`{state="${state}"}`, count]))

const metric = (name: string, type: string, help: string, values: Record<string, number>): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...Object.entries(values).map(([of, value]) => `${name}${of} ${value}`),
    ''
  ].join('\n')
