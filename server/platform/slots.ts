import { type RawBuilder, sql } from 'kysely'
import type { Rate } from '../config.ts'
import { databaseNow } from '../db/dialect.ts'
import { type Prepared, prepared } from '../db/prepared.ts'

// The slots of credits.ts as the database keeps them.

export type CreditTable = 'rate_credits' | 'address_credits'

export interface Loan {
  calls: number
  full_at: number
  lent_at: number
}

/** How many milliseconds of slots may be taken ahead. */
export const spanOf = ({ amount, seconds }: Rate, burst: number): number =>
  Math.max(1, Math.floor((burst * seconds * 1000) / amount))

/**
 * Takes slots of a key in one statement: a quarter of those that are free, at most as many as make a tenth of the rate, and at least one
 * if there is one; so a process has its calls in few statements, and what it does not use is little when there is little.
 */
export function lending(table: CreditTable, rate: Rate, burst: number): Prepared<{ key: string | number }, Loan> {
  const most = Math.max(1, Math.min(Math.floor(rate.amount / 10), Math.floor(burst / 4)))
  const loan = ['calls', 'full_at', 'lent_at'] as const
  return prepared<{ key: string | number }>()(({ db, organization }, arg) => {
    const now = databaseNow(db)
    const { number, costOf, begin, free } = slots(now, table, rate, burst)
    const calls = sql<number>`(${free} * ${number(most)} + ${number(burst - 1)}) / ${number(burst)}`
    const first = { calls: number(most), full_at: sql<number>`${now} + ${costOf(number(most))}`, lent_at: now }
    const next = { calls, full_at: sql<number>`${begin} + ${costOf(calls)}`, lent_at: now }
    return table === 'rate_credits'
      ? db.kysely
          .insertInto(table)
          .values({ organization_id: organization.id, app_id: arg('key') as number, ...first })
          .onConflict(conflict => conflict.columns(['organization_id', 'app_id']).doUpdateSet(next))
          .returning(loan)
      : db.kysely
          .insertInto(table)
          .values({ address: arg('key') as string, ...first })
          .onConflict(conflict => conflict.column('address').doUpdateSet(next))
          .returning(loan)
  })
}

/** The arithmetic of slots in whole milliseconds, rounded to the caller's disadvantage. */
function slots(now: RawBuilder<number>, table: CreditTable, rate: Rate, burst: number) {
  const number = (value: number): RawBuilder<number> => sql.lit(value)
  const [amount, period, span] = [rate.amount, rate.seconds * 1000, spanOf(rate, burst)].map(number) as [
    RawBuilder<number>,
    RawBuilder<number>,
    RawBuilder<number>
  ]
  const full = sql.ref<number>(`${table}.full_at`)
  const last = sql<number>`${now} + ${span}`
  // A clock that was set back left slots that lie too far ahead.
  const begin = sql<number>`(case when ${full} < ${now} then ${now} when ${full} > ${last} then ${last} else ${full} end)`
  return {
    number,
    begin,
    free: sql<number>`((${last} - ${begin}) * ${amount} / ${period})`,
    costOf: (calls: RawBuilder<number>) => sql<number>`((${calls}) * ${period} + ${number(rate.amount - 1)}) / ${amount}`
  }
}
