import type { Database } from './database.ts'
import { load, percentile, type Wire } from './load.ts'
import { figure, type Goal, note, table } from './report.ts'
import { get } from './requests.ts'
import type { Seeded } from './seed.ts'

// Pages of /api/v2/tickets by cursor, near the first row and far from it.

const mostRatio = 1.3

const filters = [
  ['none', '', 1],
  ['status', '&status_id=1', 0.2],
  ['assigned to nobody', '&assigned_id=none', 0.4],
  ['two statuses', '&status_id=1,3', 0.4]
] as const

/** Times pages of the ticket list at row 10 and at nine tenths of its rows, with and without filters. */
export async function cursors(
  database: Database,
  seeded: Seeded,
  { quick }: { quick: boolean }
): Promise<{ table: string; goals: Goal[] }> {
  const server = await database.startProduct(seeded)
  const results: { what: string; near: number; far: number; deep: number }[] = []
  try {
    for (const [what, filter, share] of filters) {
      note(`  /tickets by cursor: ${what}`)
      const deep = Math.floor(seeded.rows * share * 0.9)
      const list = { port: server.port, authorization: seeded.authorization, filter }
      const pages = [await pageAt(list, 10), await pageAt(list, deep)] as const
      const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number]
      // In turns, so that whatever else the machine does meets both.
      for (let turn = 0; turn < 10; turn++) {
        const which = turn % 2 === 0 ? 0 : 1
        const next = () => pages[which]
        const { latencies } = await load({ port: server.port, connections: 1, requests: quick ? 40 : 200, next })
        best[which] = Math.min(best[which], percentile(latencies, 0.5))
      }
      results.push({ what, near: best[0], far: best[1], deep })
    }
  } finally {
    await server.stop()
  }
  const worst = results.reduce((a, b) => (b.far / b.near > a.far / a.near ? b : a))
  const measured = `${figure(worst.far / worst.near)} × (${worst.what})`
  const promise = `A page by cursor at nine tenths of ${seeded.rows.toLocaleString('en')} rows costs ≤ ${mostRatio} × one at row 10`
  return {
    table: table(
      ['`/api/v2/tickets?limit=25`', 'row', 'p50 ms at row 10', 'p50 ms there'],
      results.map(({ what, near, far, deep }) => [what, deep.toLocaleString('en'), figure(near), figure(far)])
    ),
    goals: [{ promise, measured, met: worst.far <= mostRatio * worst.near }]
  }
}

interface List {
  port: number
  authorization: string
  filter: string
}

/** The request of the page after so many rows; the way there goes by pages of the largest size. */
async function pageAt({ port, authorization, filter }: List, row: number): Promise<Wire> {
  let cursor = ''
  for (let left = row; left > 0; left -= 200) {
    const path = `/api/v2/tickets?limit=${Math.min(200, left)}${filter}${cursor && `&cursor=${cursor}`}`
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } })
    cursor = ((await answer.json()) as { next_cursor: string }).next_cursor
  }
  return get(`/api/v2/tickets?limit=25${filter}&cursor=${cursor}`, authorization)
}
