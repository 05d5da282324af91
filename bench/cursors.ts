import type { Database } from './database.ts'
import { load, percentile } from './load.ts'
import { figure, type Goal, note, table } from './report.ts'
import { get } from './requests.ts'
import type { Seeded } from './seed.ts'

// Pages of /api/v2/tickets by cursor, near the first row and far from it.

const mostRatio = 1.3

interface Listed {
  next_cursor: string
}

/** Times pages of the ticket list at row 10 and at nine tenths of its rows, with and without filters. */
export async function cursors(
  database: Database,
  seeded: Seeded,
  { quick }: { quick: boolean }
): Promise<{ table: string; goals: Goal[] }> {
  const server = await database.startProduct(seeded)
  const path = '/api/v2/tickets?limit=25'
  const ask = async (query: string): Promise<Listed> => {
    const headers = { authorization: seeded.authorization }
    return (await (await fetch(`http://127.0.0.1:${server.port}${query}`, { headers })).json()) as Listed
  }
  /** The cursor of the row after so many, with pages of the largest size and the rest. */
  const cursorAt = async (filter: string, row: number): Promise<string> => {
    let cursor = ''
    for (let left = row; left > 0; left -= 200) {
      const size = Math.min(200, left)
      cursor = (await ask(`/api/v2/tickets?limit=${size}${filter}${cursor && `&cursor=${cursor}`}`)).next_cursor
    }
    return cursor
  }
  const results: { what: string; near: number; far: number; deep: number }[] = []
  try {
    for (const [what, filter, share] of [
      ['none', '', 1],
      ['status', '&status_id=1', 0.2],
      ['assigned to nobody', '&assigned_id=none', 0.4],
      ['two statuses', '&status_id=1,3', 0.4]
    ] as const) {
      note(`  /tickets by cursor: ${what}`)
      const deep = Math.floor(seeded.rows * share * 0.9)
      const time = async (row: number): Promise<number> => {
        const request = get(`${path}${filter}&cursor=${await cursorAt(filter, row)}`, seeded.authorization)
        const { latencies } = await load({ port: server.port, connections: 1, requests: quick ? 100 : 500, next: () => request })
        return percentile(latencies, 0.5)
      }
      results.push({ what, near: await time(10), far: await time(deep), deep })
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
