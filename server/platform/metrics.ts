import type { Cluster, Worker } from 'node:cluster'
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client'
import { type Durations, durationsText, type Series, sumSeries } from './durations.ts'

/** What one process has counted. */
interface Report {
  process: MetricObjectWithValues<MetricValue<string>>[]
  durations: Series[]
  jobs: Jobs
}

interface Jobs {
  done: number
  failed: number
}

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

// Of several workers one is asked, and shows the sum of all: it asks the primary, which asks every worker.

type Message =
  | { metrics: 'wanted'; by: number }
  | { metrics: 'report'; to: number }
  | { metrics: 'reported'; to: number; report: Report }
  | { metrics: 'all'; by: number; reports: Report[] }

function asWorker(report: () => Promise<Report>, jobsText: (jobs: Jobs) => Promise<string>): () => Promise<string> {
  const waiting = new Map<number, (reports: Report[]) => void>()
  let questions = 0
  const tell = (message: Message): void => void process.send?.(message)
  process.on('message', (message: Message) => {
    if (message.metrics === 'report') report().then(own => tell({ metrics: 'reported', to: message.to, report: own }))
    if (message.metrics !== 'all') return
    waiting.get(message.by)?.(message.reports)
    waiting.delete(message.by)
  })
  return async () => {
    const by = ++questions
    const reports = await new Promise<Report[]>(resolve => {
      waiting.set(by, resolve)
      tell({ metrics: 'wanted', by })
    })
    const { AggregatorRegistry } = await import('prom-client')
    const sum = AggregatorRegistry.aggregate(reports.map(({ process }) => process))
    const durations = durationsText(sumSeries(reports.flatMap(({ durations }) => durations)))
    return `${await sum.metrics()}\n${durations}${await jobsText(sumJobs(reports.map(({ jobs }) => jobs)))}`
  }
}

const sumJobs = (all: Jobs[]): Jobs =>
  all.reduce((sum, { done, failed }) => ({ done: sum.done + done, failed: sum.failed + failed }), { done: 0, failed: 0 })

const patienceMs = 2000

/** A worker's question, while reports are missing. */
interface Question {
  missing: Set<Worker>
  answer: () => void
}

/**
 * In the primary: brings the reports of all workers to the one that wants them, within two seconds. For a worker that does not report in
 * time its last report stands, and what those had counted that have ended stays in the sum, so that no count goes back.
 */
export function relayMetrics(cluster: Cluster): void {
  const latest = new Map<Worker, Report>()
  const questions = new Map<number, Question>()
  let ended: Omit<Report, 'process'> = { durations: [], jobs: { done: 0, failed: 0 } }
  let asked = 0
  const tell = (worker: Worker, message: Message): void => void worker.send(message, () => {})
  const arrived = (worker: Worker, { missing, answer }: Question): void => {
    if (missing.delete(worker) && missing.size === 0) answer()
  }

  const ask = (asker: Worker, by: number): void => {
    const to = ++asked
    const workers = Object.values(cluster.workers ?? {}).filter(worker => worker !== undefined)
    const missing = new Set(workers.filter(worker => worker.isConnected()))
    const answer = (): void => {
      clearTimeout(timer)
      questions.delete(to)
      tell(asker, { metrics: 'all', by, reports: [...latest.values(), { process: [], ...ended }] })
    }
    const timer = setTimeout(answer, patienceMs)
    questions.set(to, { missing, answer })
    for (const worker of missing) tell(worker, { metrics: 'report', to })
  }

  cluster.on('message', (worker, message: Message) => {
    if (message.metrics === 'wanted') ask(worker, message.by)
    if (message.metrics !== 'reported') return
    latest.set(worker, message.report)
    const question = questions.get(message.to)
    if (question) arrived(worker, question)
  })
  cluster.on('disconnect', worker => {
    const last = latest.get(worker)
    if (last) {
      const durations = sumSeries([...ended.durations, ...last.durations])
      ended = { durations, jobs: sumJobs([ended.jobs, last.jobs]) }
    }
    latest.delete(worker)
    for (const question of questions.values()) arrived(worker, question)
  })
}
