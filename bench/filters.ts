import { apart, newest } from './seed-tickets.ts'
import { leadShares, type Shares, ticketShares } from './shares.ts'
import { wordAt } from './words.ts'

// The filters of the lists, each at values that a known share of the rows has.

export interface Filter {
  name: string
  /** Share of the rows → the query that asks for them. */
  at: Record<string, string>
  /** A tenth of the rows that no other filter's is beside. */
  apart?: string
}

const nobody = 99_999

const byColumn = (name: string, parameter: string, { half, tenth, apart }: Shares<number | string | null>): Filter => {
  const none = typeof half === 'string' ? 'nobody@example.com' : nobody
  const asking = (value: unknown): string => `${parameter}=${value}`
  return { name, at: { '0 %': asking(none), '10 %': asking(tenth), '50 %': asking(half) }, apart: asking(apart) }
}

/** Words that a tenth and half of the seeded texts have. */
const search = (tenth: string, half: string): Filter => ({
  name: 'search',
  at: { '0 %': 'search=xyzzyqqq', '10 %': `search=${tenth}`, '50 %': `search=${half}` }
})

function period(rows: number): Filter {
  const day = (share: number): string => new Date(newest - rows * apart * (1 - share)).toISOString().slice(0, 10)
  const between = (from: number, to: number): string => `start_date=${day(from)}&end_date=${day(to)}`
  return {
    name: 'period',
    at: { '0 %': 'start_date=2000-01-01&end_date=2000-12-31', '10 %': between(0.4, 0.5), '50 %': between(0.2, 0.7) }
  }
}

/** The filters of each list whose tables have so many rows. */
export const filtersOf = (rows: number): Record<string, Filter[]> => ({
  '/api/v1/ticket/list': [
    byColumn('status', 'status_id', ticketShares.status),
    byColumn('priority', 'priority', ticketShares.priority),
    byColumn('assigned', 'assigned', ticketShares.assigned),
    byColumn('department', 'department', ticketShares.department),
    byColumn('e-mail', 'email', ticketShares.email),
    period(rows),
    search(wordAt(62), wordAt(8))
  ],
  '/api/v1/leads/list': [
    byColumn('status', 'status', leadShares.status),
    byColumn('type', 'lead_type', leadShares.type),
    byColumn('source', 'source', leadShares.source),
    byColumn('assigned', 'assigned', leadShares.assigned),
    { name: 'public', at: { '10 %': 'is_public=1', '90 %': 'is_public=0' } },
    period(rows),
    search(wordAt(30), wordAt(3))
  ]
})
