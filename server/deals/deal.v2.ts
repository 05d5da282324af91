import { type Static, Type } from 'typebox'
import type { RowOf } from '../db/keyset.ts'
import { isoTime } from '../platform/clock.ts'
import { formatMoney } from '../platform/money.ts'
import { closed, idType, isoOrNull, Money, orNull, timeType } from '../platform/v2.ts'
import type { DealRow, dealKeyset } from './queries.ts'

// How a deal looks in /api/v2.

const text = () => orNull(Type.String())

/** A deal in /api/v2. */
export const Deal = closed({
  id: idType(),
  title: Type.String(),
  value: Money,
  tax_total: Money,
  status: Type.Union([Type.Literal('open'), Type.Literal('won'), Type.Literal('lost')]),
  pipeline_id: idType(),
  stage_id: idType(),
  source_id: orNull(idType()),
  owner_id: idType('The staff member whose deal it is'),
  assignee_ids: Type.Array(idType(), { description: 'The staff members who work on it beside the owner' }),
  lead_id: orNull(idType('The lead that the deal is with')),
  customer_id: orNull(idType('The customer that the deal is with')),
  tags: Type.Array(Type.String()),
  notes: text(),
  lost_reason: text(),
  expected_close_on: orNull(Type.String({ format: 'date', description: 'YYYY-MM-DD' })),
  closed_at: orNull(timeType()),
  created_by_id: orNull(idType('The staff member who entered it')),
  created_at: timeType(),
  updated_at: timeType()
})

const { notes, ...brief } = Deal.properties
/** A deal in a list: without its notes. */
export const ListedDeal = closed(brief)

export const present = (deal: DealRow): Static<typeof Deal> => ({ ...presentListed(deal), notes: deal.notes })

export function presentListed(deal: RowOf<typeof dealKeyset>): Static<typeof ListedDeal> {
  return {
    ...deal,
    value: { amount: formatMoney(deal.value), currency: deal.currency },
    tax_total: { amount: formatMoney(deal.tax_total ?? 0), currency: deal.currency },
    assignee_ids: deal.assignee_ids?.split(',').map(Number) ?? [],
    tags: deal.tags?.split(',') ?? [],
    closed_at: isoOrNull(deal.closed_at),
    created_at: isoTime(deal.created_at),
    updated_at: isoTime(deal.updated_at)
  }
}
