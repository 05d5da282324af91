import type { Cluster, Worker } from 'node:cluster'
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { durationsText, type Series, sumSeries } from './durations.ts'

// Of several workers one is asked, and shows the sum of all: it asks the primary, which asks every worker.

/** What one process has counted. */
interface Report {
  process: MetricObjectWithValues<MetricValue<string>>[]
  durations: Series[]
  jobs: Jobs
}

export interface Jobs {
  done: number
  failed: number
}

type Message =
  | { metrics: 'wanted'; by: number }
  | { metrics: 'report'; to: number }
  | { metrics: 'reported'; to: number; report: Report }
  | { metrics: 'all'; by: number; reports: Report[] }

/** The page in a worker. */
export function asWorker(report: () => Promise<Report>, jobsText: (jobs: Jobs) => Promise<string>): () => Promise<string> {
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
