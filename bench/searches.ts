import type { Database } from './database.ts'
import { type Filter, filtersOf } from './filters.ts'
import { load, percentile } from './load.ts'
import { figure, type Goal, note, table } from './report.ts'
import { get } from './requests.ts'
import type { Seeded } from './seed.ts'
import type { Server } from './servers.ts'
import { randomFrom, wordAt } from './words.ts'

// Every list filter, every two of them, and the kinds of search, one request at a time.

export const searchParts = ['search', 'filters'] as const

interface Question {
  what: string
  /** The query of the list; called for each request. */
  query: () => string
  /** Whether no row is to be found; unknown when absent. */
  isEmpty?: boolean
}

interface Answered {
  list: string
  what: string
  p50: number
  p95: number
}

interface Section {
  table: string
  goals: Goal[]
}

interface Asked {
  parts: string[]
  quick: boolean
}

const mostP95 = 50
/** Seconds; a question that is answered slowly is asked less often. */
const longest = 3

/** Times the filters and searches of the ticket and the lead list. */
export async function searches(database: Database, seeded: Seeded, { parts, quick }: Asked): Promise<Section> {
  const server = await database.startProduct(seeded)
  const sections: Section[] = []
  try {
    const asker = askerOf(server, seeded, quick)
    if (parts.includes('search')) sections.push(await searchSection(asker, seeded.rows))
    if (parts.includes('filters')) sections.push(await filterSection(asker, seeded.rows))
  } finally {
    await server.stop()
  }
  return { table: sections.map(({ table }) => table).join('\n\n'), goals: sections.flatMap(({ goals }) => goals) }
}

type Asker = (path: string, question: Question) => Promise<Answered>

const askerOf =
  (server: Server, { authorization }: Seeded, quick: boolean): Asker =>
  async (path, { what, query, isEmpty }) => {
    const next = () => get(`${path}?limit=25&${query()}`, authorization)
    const seen = (body: string): void => {
      if (isEmpty !== undefined && isEmpty !== body.startsWith('{"data":[]'))
        throw new Error(`${path}, ${what}: ${body.slice(0, 200)}`)
    }
    const ask = (requests: number) => load({ port: server.port, connections: 1, requests, next, seen })
    const { seconds } = await ask(5)
    const { latencies } = await ask(Math.round(Math.min(quick ? 40 : 200, Math.max(20, (longest / seconds) * 5))))
    return { list: path.slice('/api/v1'.length), what, p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) }
  }

async function searchSection(ask: Asker, rows: number): Promise<Section> {
  const results: Answered[] = []
  for (const [path, questions] of Object.entries(questionsFor(rows, randomFrom(4)))) {
    note(`  ${path}: ${questions.length} filters and searches`)
    for (const question of questions) results.push(await ask(path, question))
  }
  const lines = results.map(({ list, what, p50, p95 }) => [`\`${list}\``, what, figure(p50), figure(p95)])
  return {
    table: table(['list', `filter, at ${rows.toLocaleString('en')} rows`, 'p50 ms', 'p95 ms'], lines),
    goals: [goalOf('List filters and search', rows, results)]
  }
}

/** Every filter, and every two, at each share of the rows: of two filters the slowest pair of values is shown. */
async function filterSection(ask: Asker, rows: number): Promise<Section> {
  const lines: string[][] = []
  const results: [single: Answered[], pairs: Answered[]] = [[], []]
  for (const [path, filters] of Object.entries(filtersOf(rows))) {
    note(`  ${path}: ${filters.length} filters and every two of them`)
    for (const [place, filter] of filters.entries()) {
      for (const [share, query] of Object.entries(filter.at)) {
        results[0].push(await ask(path, { what: `${filter.name} ${share}`, query: () => query, isEmpty: share === '0 %' }))
      }
      lines.push(lineOf(filter.name, results[0].slice(-Object.keys(filter.at).length)))
      for (const other of filters.slice(place + 1)) {
        const pairs: Answered[] = []
        for (const question of pairsOf(filter, other)) pairs.push(await ask(path, question))
        lines.push(lineOf(`${filter.name} and ${other.name}`, pairs))
        results[1].push(...pairs)
      }
    }
  }
  return {
    table: table(
      [
        'list',
        `filters, at ${rows.toLocaleString('en')} rows`,
        'values asked',
        'over the goal',
        'slowest: p50 ms',
        'p95 ms',
        'at shares of'
      ],
      lines
    ),
    goals: [goalOf('Every list filter at 0, 10 and 50 %', rows, results[0]), goalOf('Every two of them', rows, results[1])]
  }
}

function pairsOf(one: Filter, other: Filter): Question[] {
  const pairs = Object.entries(one.at).flatMap(([share, query]) =>
    Object.entries(other.at).map(([otherShare, otherQuery]) => [`${share} and ${otherShare}`, `${query}&${otherQuery}`] as const)
  )
  if (one.apart && other.apart) pairs.push(['10 % and 10 %, none of both', `${one.apart}&${other.apart}`])
  return pairs.map(([what, query]) => ({ what, query: () => query }))
}

const slowest = (results: Answered[]): Answered => results.reduce((a, b) => (b.p95 > a.p95 ? b : a))

function lineOf(name: string, results: Answered[]): string[] {
  const { list, p50, p95, what } = slowest(results)
  const slow = results.filter(({ p95 }) => p95 >= mostP95).length
  return [`\`${list}\``, name, String(results.length), String(slow), figure(p50), figure(p95), what]
}

function goalOf(what: string, rows: number, results: Answered[]): Goal {
  const worst = slowest(results)
  const slow = results.filter(({ p95 }) => p95 >= mostP95).length
  return {
    promise: `${what} at ${rows.toLocaleString('en')} rows: p95 < ${mostP95} ms`,
    measured: `${results.length - slow} of ${results.length}; slowest ${figure(worst.p95)} ms (${worst.list}, ${worst.what})`,
    met: slow === 0
  }
}

function questionsFor(rows: number, random: () => number): Record<string, Question[]> {
  const any = (most: number): number => 1 + Math.floor(random() * most)
  const month = () => {
    const [year, number] = [2026 - Math.floor(random() * 2), any(9)]
    return `start_date=${year}-0${number}-01&end_date=${year}-0${number}-28`
  }
  const shared: Question[] = [
    { what: 'none', query: () => '_=1' },
    { what: 'page 40 of 25', query: () => 'page=40' },
    { what: 'a month', query: month },
    { what: 'a rare word', query: () => `search=${wordAt(10_000 + any(5000))}` },
    { what: 'a common word', query: () => `search=${wordAt(any(20))}` },
    { what: 'a beginning of three letters', query: () => `search=${wordAt(100 + any(5000)).slice(0, 3)}` },
    { what: 'a beginning of five letters', query: () => `search=${wordAt(400 + any(15_000)).slice(0, 5)}` },
    { what: 'two common words', query: () => `search=${wordAt(any(20))}+${wordAt(20 + any(10))}` },
    { what: 'two words, one rare', query: () => `search=${wordAt(any(20))}+${wordAt(5000 + any(5000))}` },
    { what: 'a word that nothing has', query: () => 'search=xyzzyqqq' }
  ]
  const tickets: Question[] = [
    { what: 'status', query: () => `status_id=${any(5)}` },
    { what: 'priority', query: () => `priority=${any(3)}` },
    { what: 'no priority', query: () => 'priority=0' },
    { what: 'assigned', query: () => `assigned=${any(20)}` },
    { what: 'assigned to nobody', query: () => 'assigned=0' },
    { what: 'department', query: () => `department=${any(5)}` },
    { what: 'e-mail', query: () => `email=person${any(Math.min(rows, 50_000) - 1)}@example.com` },
    { what: 'an e-mail nobody has', query: () => 'email=nobody@example.com' },
    { what: 'status, assigned and department', query: () => `status_id=${any(5)}&assigned=${any(20)}&department=${any(5)}` },
    { what: 'status and a month', query: () => `status_id=${any(5)}&${month()}` },
    { what: 'search for an e-mail', query: () => `search=person${any(Math.min(rows, 50_000) - 1)}@example.com` },
    { what: 'a common word and a status', query: () => `search=${wordAt(any(20))}&status_id=${any(5)}` },
    { what: 'a common word and an e-mail', query: () => `search=${wordAt(any(20))}&email=person${any(1000)}@example.com` },
    { what: 'a common word and a month', query: () => `search=${wordAt(any(20))}&${month()}` }
  ]
  const leads: Question[] = [
    { what: 'status', query: () => `status=${any(5)}` },
    { what: 'type', query: () => `lead_type=${any(3)}` },
    { what: 'source', query: () => `source=${any(4)}` },
    { what: 'assigned', query: () => `assigned=${any(20)}` },
    { what: 'public', query: () => 'is_public=1' },
    { what: 'status, assigned and source', query: () => `status=${any(5)}&assigned=${any(20)}&source=${any(4)}` },
    { what: 'search for an e-mail', query: () => `search=lead${any(rows)}@example.com` },
    { what: 'search for the end of a phone number', query: () => `search=${String(any(rows)).padStart(7, '0')}` },
    { what: 'a common word and a status', query: () => `search=${wordAt(any(20))}&status=${any(5)}` },
    { what: 'a common word and a month', query: () => `search=${wordAt(any(20))}&${month()}` }
  ]
  return { '/api/v1/ticket/list': [...shared, ...tickets], '/api/v1/leads/list': [...shared, ...leads] }
}
