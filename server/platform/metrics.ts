import type { Registry } from 'prom-client'
import { type Durations, durationsText } from './durations.ts'
import { asWorker, type Jobs } from './relay.ts'

/** What this process counts. */
interface Counted {
  durations: Durations
  jobs: Jobs
}

/** The page that `/metrics` shows: of all workers where this process `isWorker`, else of itself. */
export function metricsPage(
  { durations, jobs }: Counted,
  isWorker: boolean,
  jobsText: (jobs: Jobs) => Promise<string>
): () => Promise<string> {
  let registry: Registry | undefined
  const own = async (): Promise<Registry> => {
    registry ??= await processMetrics()
    return registry
  }
  const report = async () => ({ process: await (await own()).getMetricsAsJSON(), durations: durations.all(), jobs })
  if (isWorker) return asWorker(report, jobsText)
  return async () => `${await (await own()).metrics()}\n${durationsText(durations.all())}${await jobsText(jobs)}`
}

/** Of the process itself; the library is loaded at the first question, for who never asks. */
async function processMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}
