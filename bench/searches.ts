import { load, percentile } from './load.ts'
import { figure, type Goal, note, table } from './report.ts'
import { get } from './requests.ts'
import type { Seeded } from './seed.ts'
import { startProduct } from './servers.ts'
import { randomFrom, wordAt } from './words.ts'

// Every list filter and the kinds of search, one request at a time.

interface Question {
  what: string
  /** The query of the list; called for each request. */
  query: () => string
}

const mostP95 = 50

/** Times the filters and searches of the ticket and the lead list. */
export async function searches(seeded: Seeded, { quick }: { quick: boolean }): Promise<{ table: string; goals: Goal[] }> {
  const random = randomFrom(4)
  const server = await startProduct(seeded.folder)
  const results: { list: string; what: string; p50: number; p95: number }[] = []
  try {
    for (const [path, questions] of Object.entries(questionsFor(seeded.rows, random))) {
      note(`  ${path}: ${questions.length} filters and searches`)
      for (const { what, query } of questions) {
        const next = () => get(`${path}?limit=25&${query()}`, seeded.authorization)
        const { latencies } = await load({ port: server.port, connections: 1, requests: quick ? 40 : 200, next })
        results.push({
          list: path.slice('/api/v1'.length),
          what,
          p50: percentile(latencies, 0.5),
          p95: percentile(latencies, 0.95)
        })
      }
    }
  } finally {
    await server.stop()
  }
  const lines = results.map(({ list, what, p50, p95 }) => [`\`${list}\``, what, figure(p50), figure(p95)])
  const worst = results.reduce((a, b) => (b.p95 > a.p95 ? b : a))
  const goal = {
    promise: `List filters and search at ${seeded.rows.toLocaleString('en')} rows: p95 < ${mostP95} ms`,
    measured: `${figure(worst.p95)} ms (${worst.list}, ${worst.what})`,
    met: worst.p95 < mostP95
  }
  return {
    table: table(['list', `filter, at ${seeded.rows.toLocaleString('en')} rows`, 'p50 ms', 'p95 ms'], lines),
    goals: [goal]
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
