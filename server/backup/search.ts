import { callsToIndex } from '../calls/actions.ts'
import type { WriteHandle } from '../db/handle.ts'
import type { SearchName } from '../db/search.ts'
import { dealsToIndex } from '../deals/actions.ts'
import { leadsToIndex } from '../leads/terms.ts'
import { systemContext } from '../organizations/actions.ts'
import type { Context, House } from '../platform/context.ts'
import { organizationTerm } from '../platform/terms.ts'
import { ticketsToIndex } from '../tickets/actions.ts'
import type { Steps } from './steps.ts'

/** What a record is found by. */
interface Found {
  id: number
  terms: string
}

/** The organization's next `limit` records after an id, in the order of ids. */
type Next = (ctx: Context, after: number, limit: number) => Promise<Found[]>

/** Every full-text index, and the feature that knows what it is made of. */
const indexes: [index: SearchName, table: string, next: Next][] = [
  ['lead_search', 'leads', leadsToIndex],
  ['deal_search', 'deals', dealsToIndex],
  ['ticket_search', 'tickets', ticketsToIndex],
  ['call_search', 'calls', callsToIndex]
]

/** The tables of which there is a full-text index. */
export const indexed = indexes.map(([, table]) => table)

const portion = 500

/** Writes the full-text indexes, which are empty, of all organizations. */
export async function indexAll(house: House, db: WriteHandle, steps: Steps): Promise<void> {
  const organizations = await db.kysely
    .selectFrom('organizations')
    .select(['id', 'time_zone', 'currency', 'link_secret'])
    .orderBy('id')
    .execute()
  for (const { id, time_zone, currency, link_secret } of organizations) {
    const ctx = { ...systemContext(house, { id, timeZone: time_zone, currency, linkSecret: link_secret }), db }
    for (const [index, , next] of indexes) await indexOne(ctx, db, index, next, steps)
  }
}

async function indexOne(ctx: Context, db: WriteHandle, index: SearchName, next: Next, steps: Steps): Promise<void> {
  const { id: organizationId } = ctx.organization
  for (let after = 0; ; ) {
    const found = await next(ctx, after, portion)
    const rows = found.map(({ id, terms }) => [organizationId, id, `${organizationTerm(organizationId)} ${terms}`.trimEnd()])
    if (rows.length > 0) await db.insertMany(index, ['organization_id', 'rowid', 'terms'], rows)
    steps.add(rows.length)
    if (found.length < portion) return
    after = found.at(-1)!.id
  }
}
