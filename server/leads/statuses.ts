import { sql } from 'kysely'
import { rowsApart } from '../db/apart.ts'
import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import { formatMoneySum, moneySum } from '../db/sums.ts'
import type { Context } from '../platform/context.ts'
import { whileUnchanged } from '../platform/unchanged.ts'

/** The organization's lead statuses in their order. */
export const listStatuses = (ctx: Context) => rows(ctx, 'lead_statuses').selectAll().orderBy('position').orderBy('id').execute()

/** The organization's lead types in the order they were made. */
export const listTypes = (ctx: Context) => rows(ctx, 'lead_types').select(['id', 'name']).orderBy('id').execute()

interface Total {
  total: number
  /** A decimal text. */
  value: string
}

interface StatusCounts {
  /** Leads without a status. */
  none: Total
  statuses: (Awaited<ReturnType<typeof listStatuses>>[number] & Total)[]
  /** Lost leads, whatever their status; the others count only those that are not. */
  lost: Total
}

// The literal 0 lets the database see that the index of leads that are no junk holds all it needs.
const totals = prepared<object>()(scope =>
  rows(scope, 'leads')
    .select(eb => ['status_id', 'is_lost', eb.fn.countAll<number>().as('total')])
    .select(moneySum('leads.value'))
    .where('is_junk', '=', sql.lit<0>(0))
    .groupBy(['status_id', 'is_lost'])
)

/** How many leads each status has and what they are worth; junk is in none. Counted by a reader worker, after a change. */
export async function countByStatus(ctx: Context): Promise<StatusCounts> {
  type Counted = Awaited<ReturnType<typeof totals.all>>[number]
  const [statuses, counted] = await Promise.all([
    listStatuses(ctx),
    whileUnchanged(ctx, 'leads by status', () => rowsApart<Counted>(ctx, totals.bind(ctx, {})))
  ])
  const totalOf = (belongs: (row: Counted) => boolean): Total => {
    const sum = { total: 0, millions: 0, units: 0 }
    for (const { total, millions, units } of counted.filter(belongs)) {
      sum.total += total
      sum.millions += millions
      sum.units += units
    }
    return { total: sum.total, value: formatMoneySum(sum) }
  }
  return {
    none: totalOf(row => row.is_lost === 0 && row.status_id === null),
    statuses: statuses.map(status => ({ ...status, ...totalOf(row => row.is_lost === 0 && row.status_id === status.id) })),
    lost: totalOf(row => row.is_lost === 1)
  }
}
