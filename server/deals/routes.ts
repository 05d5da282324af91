import { listRoute } from '../platform/cursors.ts'
import { ids, idsOrNone, words } from '../platform/filters.ts'
import { IdParams, type V2 } from '../platform/v2.ts'
import { Deal, ListedDeal, present, presentListed } from './deal.v2.ts'
import { dealKeyset, getDeal } from './queries.ts'
import { dealStatuses } from './schema.ts'

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
    present: presentListed
  })
  http.get(
    '/deals/:id',
    { config: { permission: 'deals:read' }, schema: { tags: ['Deals'], params: IdParams, response: { 200: Deal } } },
    async ({ ctx, params }) => present(await getDeal(ctx, params.id))
  )
}
