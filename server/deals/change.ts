import type { Updateable } from 'kysely'
import { update } from '../db/rows.ts'
import type { DealsTable } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { recordEvent } from '../platform/events.ts'
import { transact } from '../platform/transact.ts'
import { indexDeal, refuseDuplicate, writeAssignees, writeTags } from './actions.ts'
import { changesBetween } from './differences.ts'
import { type DealRow, getDeal } from './queries.ts'
import { checkDeal, outcomeAfter, refuseEmptied, relatedAfter, titleKey } from './rules.ts'
import type { DealChange } from './schema.ts'

const essentials = ['title', 'value', 'pipeline_id', 'stage_id', 'owner_id', 'status']

/**
 * Changes what is given; the rest stays, whoever changes it at the same time. Refuses as `createDeal` does, (422) a stage that is
 * not of the pipeline that results, and (422) losing a deal without a reason.
 */
export function updateDeal(ctx: Context, id: number, change: DealChange): Promise<void> {
  refuseEmptied(change, essentials)
  return transact(ctx, async ctx => {
    const before = await getDeal(ctx, id)
    const columns = columnsOf(before, change)
    await checkDeal(ctx, { ...columns, place: placeAfter(before, change), assignee_ids: newlyAssigned(before, change) })
    if (Object.keys(columns).length > 0) await write(ctx, id, columns).catch(refuseDuplicate)
    if (change.assignee_ids !== undefined) await writeAssignees(ctx, id, change.assignee_ids ?? [])
    if (change.tags !== undefined) await writeTags(ctx, id, change.tags ?? [])
    const after = await getDeal(ctx, id)
    const changes = changesBetween(before, after)
    if (!changes) return
    await write(ctx, id, { updated_at: Date.now() })
    await indexDeal(ctx, after)
    recordEvent(ctx, 'deal.updated', id, { ...changes })
  })
}

const write = (ctx: Context, id: number, columns: Updateable<DealsTable>) =>
  update(ctx, 'deals').set(columns).where('id', '=', id).execute()

/** Only the columns that get another value, so that what others change meanwhile stays. */
function columnsOf(before: DealRow, change: DealChange): Updateable<DealsTable> {
  const { title, value, pipeline_id, stage_id, owner_id, source_id, expected_close_on, notes } = change
  const sent = { title, value, pipeline_id, stage_id, owner_id, source_id, expected_close_on, notes }
  const wanted = { ...sent, ...relatedAfter(change, before), ...outcomeAfter(change, before) }
  const differing = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && value !== before[name as keyof typeof wanted]
  )
  const columns: Updateable<DealsTable> = Object.fromEntries(differing)
  return columns.title === undefined ? columns : { ...columns, title_key: titleKey(columns.title) }
}

function placeAfter(before: DealRow, { pipeline_id, stage_id }: DealChange) {
  if (pipeline_id === undefined && stage_id === undefined) return undefined
  return { pipeline_id: pipeline_id ?? before.pipeline_id, stage_id: stage_id ?? before.stage_id }
}

/** Who was assigned before may stay, active or not. */
function newlyAssigned({ assignee_ids }: DealRow, change: DealChange): number[] {
  const before = new Set(assignee_ids?.split(',').map(Number))
  return (change.assignee_ids ?? []).filter(id => !before.has(id))
}
