import { update } from '../db/rows.ts'
import { writeSearch } from '../db/search.ts'
import type { Context } from '../platform/context.ts'
import { recordEvent } from '../platform/events.ts'
import { transact } from '../platform/transact.ts'
import { checkLeadReferences, withSource, writeTags } from './actions.ts'
import { writeAnalytics } from './chat.ts'
import { columnsOf, type LeadColumns } from './columns.ts'
import { getLead, listTags } from './queries.ts'
import type { LeadChange } from './schema.ts'
import { leadTerms } from './terms.ts'

/** Of these the event says only that they changed: their words may be many. */
const wordy = ['description', 'address']

/**
 * Changes what is given; the rest stays. Another staff member dates the assignment, another status dates the status, lost and junk
 * leave the status as it was. Refuses (422) new references to no row of the organization.
 */
export function updateLead(ctx: Context, id: number, change: LeadChange): Promise<void> {
  return transact(ctx, async ctx => {
    const before = await getLead(ctx, id)
    const given = await withSource(ctx, change)
    const isOther = ([name, value]: [string, unknown]): boolean => before[name as keyof LeadColumns] !== value
    const columns: LeadColumns = Object.fromEntries(Object.entries(columnsOf(given)).filter(isOther))
    await checkLeadReferences(ctx, columns)
    const told: Record<string, unknown> = {}
    for (const name of Object.keys(columns) as (keyof LeadColumns)[]) {
      if (name in given) told[name] = wordy.includes(name) ? true : [before[name], columns[name]]
    }
    for (const name of await writeAnalytics(ctx, id, change)) told[name] = true
    const oldTags = await listTags(ctx, id)
    const tags = change.tags ? await writeTags(ctx, id, change.tags) : oldTags
    if (tags.join() !== oldTags.join()) told.tags = [oldTags, tags]
    if (Object.keys(told).length === 0) return
    const now = Date.now()
    const dates = {
      ...(columns.assigned_id !== undefined && { assigned_at: columns.assigned_id === null ? null : now }),
      ...(columns.status_id !== undefined && { status_changed_at: now }),
      updated_at: now
    }
    await update(ctx, 'leads')
      .set({ ...columns, ...dates })
      .where('id', '=', id)
      .execute()
    await writeSearch(ctx, 'lead_search', id, leadTerms({ ...before, ...columns }, tags))
    recordEvent(ctx, 'lead.updated', id, told)
  })
}
