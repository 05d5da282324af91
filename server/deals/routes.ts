import type { Static } from 'typebox'
import type { RowOf } from '../db/keyset.ts'
import { isoTime } from '../platform/clock.ts'
import { listRoute } from '../platform/cursors.ts'
import { ids, idsOrNone, words } from '../platform/filters.ts'
import { formatMoney } from '../platform/money.ts'
import { IdParams, isoOrNull, type V2 } from '../platform/v2.ts'
import { type DealRow, dealKeyset, getDeal } from './queries.ts'
import { Deal, dealStatuses, ListedDeal } from './schema.ts'

/** The deal routes of /api/v2. */
export function dealRoutes(http: V2): void {
  listRoute(http, {
    path: '/deals',
    tag: 'Deals',
    permission: 'deals:read',
    item: ListedDeal,
    rows: dealKeyset,
    filters: {
      status: words(dealStatuses),
      pipeline_id: ids,
      stage_id: ids,
      owner_id: ids,
      source_id: idsOrNone,
      lead_id: ids,
      customer_id: ids
    },
    present: presentBrief
  })
  http.get(
    '/deals/:id',
    { config: { permission: 'deals:read' }, schema: { tags: ['Deals'], params: IdParams, response: { 200: Deal } } },
    async ({ ctx, params }) => present(await getDeal(ctx, params.id))
  )
}

const present = (deal: DealRow): Static<typeof Deal> => ({ ...presentBrief(deal), notes: deal.notes })

function presentBrief(deal: RowOf<typeof dealKeyset>): Static<typeof ListedDeal> {
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
