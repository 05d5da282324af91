import { load, percentile, type Wire } from './load.ts'
import type { Server } from './servers.ts'

export interface Job {
  /** CPU milliseconds of what the servers ask, which counts as theirs: a database of its own. */
  cpuBeside: () => number
  connections: number
  /** How many requests one round sends to one server. */
  requests: number
  next: () => Wire
}

export interface Measured {
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** CPU milliseconds of the server and its database for one request. */
  cpu: number
}

export interface Compared {
  product: Measured
  baseline: Measured
  /** Product to baseline; the median of the rounds, whose two halves met the same machine. */
  cpuRatio: number
  rateRatio: number
}

/** Loads both servers in turns and gives the medians of the rounds; a first round warms up and is not counted. */
export async function compare(product: Server, baseline: Server, job: Job, rounds: number): Promise<Compared> {
  await measure(product, job)
  await measure(baseline, job)
  const ours: Measured[] = []
  const theirs: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(product, job))
    theirs.push(await measure(baseline, job))
  }
  const ratio = (key: 'cpu' | 'perSecond'): number =>
    median(ours.map((our, round) => our[key] / (theirs[round] as Measured)[key]))
  return { product: middle(ours), baseline: middle(theirs), cpuRatio: ratio('cpu'), rateRatio: ratio('perSecond') }
}

async function measure(server: Server, job: Job): Promise<Measured> {
  const cpu = async (): Promise<number> => (await server.cpu()) + job.cpuBeside()
  const before = await cpu()
  const { requests, seconds, latencies } = await load({ ...job, port: server.port })
  return {
    perSecond: requests / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpu: ((await cpu()) - before) / requests
  }
}

function middle(all: Measured[]): Measured {
  const of = (key: keyof Measured): number => median(all.map(one => one[key]))
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99'), cpu: of('cpu') }
}

export function median(values: number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  const middle = Math.floor(ascending.length / 2)
  return ascending.length % 2 === 1
    ? (ascending[middle] as number)
    : ((ascending[middle - 1] as number) + (ascending[middle] as number)) / 2
}
