import type { Database } from './database.ts'
import { type Compared, compare, type Job } from './measure.ts'
import { figure, type Goal, note, table } from './report.ts'
import { get, post } from './requests.ts'
import type { Seeded } from './seed.ts'
import { randomFrom, writer } from './words.ts'

// The product against the plain baseline: the same three requests on copies of the same database.

export interface Row extends Compared {
  rows: number
  name: string
  connections: number
}

/** The parts of this comparison that can be asked for. */
export const versusParts = ['details', 'list', 'create'] as const

interface Asked {
  parts: string[]
  quick: boolean
}

/** Starts both on copies of the seeded database and measures the parts asked for. */
export async function versus(database: Database, seeded: Seeded, { parts, quick }: Asked): Promise<Row[]> {
  const copies = [await database.copy(seeded, 'product'), await database.copy(seeded, 'baseline')] as const
  const product = await database.startProduct(copies[0])
  const baseline = await database.startBaseline(copies[1])
  const results: Row[] = []
  try {
    for (const [name, job] of jobsOf(seeded, parts, quick)) {
      note(`  ${seeded.rows.toLocaleString('en')} rows: ${name} over ${job.connections} connections`)
      const compared = await compare(product, baseline, { ...job, cpuBeside: database.cpu }, quick ? 3 : 5)
      results.push({ rows: seeded.rows, name, connections: job.connections, ...compared })
    }
  } finally {
    await Promise.all([product.stop(), baseline.stop()])
    for (const copied of copies) await database.remove(copied)
  }
  return results
}

function jobsOf({ rows, authorization }: Seeded, parts: string[], quick: boolean): [string, Omit<Job, 'cpuBeside'>][] {
  const random = randomFrom(3)
  const write = writer(random)
  const share = quick ? 0.25 : 1
  const creates = Array.from({ length: 500 }, () =>
    post('/api/v1/ticket/create', authorization, { subject: write(40), message: write(300), staff_id: '1' })
  )
  const list = get('/api/v1/ticket/list?limit=25', authorization)
  const details = () => get(`/api/v1/ticket/details/${1 + Math.floor(random() * rows)}`, authorization)
  const create = () => creates[Math.floor(random() * creates.length)] as Buffer
  const jobs: ReturnType<typeof jobsOf> = [
    ['details', { connections: 8, requests: 16_000 * share, next: details }],
    ['list', { connections: 8, requests: 6000 * share, next: () => list }],
    ['create', { connections: 8, requests: 4000 * share, next: create }],
    ['create', { connections: 32, requests: 6000 * share, next: create }]
  ]
  return jobs.filter(([name]) => parts.includes(name))
}

export const versusTable = (results: Row[]): string =>
  table(
    [
      'rows',
      'request',
      'connections',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU ms a request',
      'ratio of CPU',
      'ratio of requests/s'
    ],
    results.map(({ rows, name, connections, product, baseline, cpuRatio, rateRatio }) => [
      rows.toLocaleString('en'),
      titles[name] ?? name,
      String(connections),
      ...(['perSecond', 'p50', 'p99', 'cpu'] as const).map(key => `${figure(product[key])} / ${figure(baseline[key])}`),
      `**${figure(cpuRatio)}**`,
      figure(rateRatio)
    ])
  )

const titles: Record<string, string> = {
  details: '`GET /ticket/details`',
  list: '`GET /ticket/list?limit=25`',
  create: '`POST /ticket/create`'
}
const mostCpu: Record<Database['kind'], Record<string, number>> = {
  sqlite: { details: 1.6, list: 1, create: 2.2 },
  postgres: { details: 1.6, list: 1.3, create: 2.5 }
}
const mostGrowth = 1.3

/** What the project promises about this comparison, for the rows that were measured. */
export function versusGoals(results: Row[], { kind }: Pick<Database, 'kind'>): Goal[] {
  const goals = results.flatMap(({ rows, name, connections, cpuRatio, rateRatio }): Goal[] => {
    const where = `${titles[name]}, ${rows.toLocaleString('en')} rows, ${connections} connections`
    const most = mostCpu[kind][name] as number
    const cpu = { promise: `${where}: CPU ≤ ${most} × baseline`, measured: `${figure(cpuRatio)} ×`, met: cpuRatio <= most }
    if (connections < 32 || kind === 'postgres') return [cpu]
    return [cpu, { promise: `${where}: requests/s ≥ baseline`, measured: `${figure(rateRatio)} ×`, met: rateRatio >= 1 }]
  })
  return [...goals, ...growthGoals(results)]
}

function growthGoals(results: Row[]): Goal[] {
  const counts = results.map(({ rows }) => rows)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  if (least === most) return []
  return results
    .filter(({ rows }) => rows === most)
    .flatMap(large => {
      const small = results.find(row => row.rows === least && row.name === large.name && row.connections === large.connections)
      if (!small) return []
      const growth = large.product.cpu / small.product.cpu
      const own = `${large.baseline.cpu > 0 ? figure(large.baseline.cpu / small.baseline.cpu) : '–'} × for the baseline`
      const where = `${titles[large.name]}, ${large.connections} connections`
      const promise = `${where}: CPU at ${most.toLocaleString('en')} rows ≤ ${mostGrowth} × its own at ${least.toLocaleString('en')}`
      return [{ promise, measured: `${figure(growth)} × (${own})`, met: growth <= mostGrowth }]
    })
}
