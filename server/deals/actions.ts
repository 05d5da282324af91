import { isDuplicate } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import { insert, remove } from '../db/rows.ts'
import { writeSearch } from '../db/search.ts'
import type { DealsTable } from '../db/tables.ts'
import { idsByName } from '../leads/actions.ts'
import type { Context } from '../platform/context.ts'
import { duplicate, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { isLongerThan } from '../platform/fields.ts'
import { fold, indexTerms } from '../platform/terms.ts'
import { transact } from '../platform/transact.ts'
import { actingStaffId } from '../staff/queries.ts'
import { type DealRow, getDeal, nextDeals } from './queries.ts'
import { checkDeal, demandPipeline, relatedAfter, titleKey } from './rules.ts'
import type { NewDeal } from './schema.ts'

type Inserted = Omit<DealsTable, 'id' | 'organization_id' | 'status' | 'notes' | 'lost_reason' | 'closed_at' | 'position'>

const insertDeal = prepared<Inserted>()((scope, arg) =>
  insert(scope, 'deals', {
    title: arg('title'),
    title_key: arg('title_key'),
    value: arg('value'),
    source_id: arg('source_id'),
    status: 'open',
    pipeline_id: arg('pipeline_id'),
    stage_id: arg('stage_id'),
    currency: arg('currency'),
    expected_close_on: arg('expected_close_on'),
    owner_id: arg('owner_id'),
    lead_id: arg('lead_id'),
    customer_id: arg('customer_id'),
    position: 0,
    created_by_id: arg('created_by_id'),
    created_at: arg('created_at'),
    updated_at: arg('updated_at')
  }).returning('id')
)

/**
 * Adds a deal, open and in the organization's currency, and resolves with its id. Refuses (409) a title that another deal has,
 * (422) references to no row of the organization and a stage of another pipeline, (412) everything while there is no pipeline.
 */
export function createDeal(ctx: Context, input: NewDeal): Promise<number> {
  return transact(ctx, async ctx => {
    await demandPipeline(ctx)
    const { title, value, pipeline_id, stage_id, owner_id, source_id = null, expected_close_on = null } = input
    const related = relatedAfter(input, { lead_id: null, customer_id: null })
    const place = { pipeline_id, stage_id }
    await checkDeal(ctx, { place, owner_id, source_id, ...related, assignee_ids: input.assignee_ids })
    const now = Date.now()
    const inserted = await insertDeal
      .first(ctx, {
        title,
        title_key: titleKey(title),
        value,
        source_id,
        ...place,
        currency: ctx.organization.currency,
        expected_close_on,
        owner_id,
        ...related,
        created_by_id: actingStaffId(ctx),
        created_at: now,
        updated_at: now
      })
      .catch(refuseDuplicate)
    const { id } = inserted!
    if (input.assignee_ids) await writeAssignees(ctx, id, input.assignee_ids)
    if (input.tags) await writeTags(ctx, id, input.tags)
    await indexDeal(ctx, await getDeal(ctx, id))
    recordEvent(ctx, 'deal.created', id, { title })
    return id
  })
}

/** Tells (409) that another deal of the organization has the title. */
export function refuseDuplicate(error: unknown): never {
  throw isDuplicate(error, 'deals', 'title_key') ? duplicate({ title: 'is taken by another deal' }) : error
}

/** Makes these staff members the deal's assigned ones. */
export async function writeAssignees(ctx: Context, dealId: number, staffIds: number[]): Promise<void> {
  await remove(ctx, 'deal_assignees').where('deal_id', '=', dealId).execute()
  if (staffIds.length === 0) return
  const assignees = staffIds.map(staff_id => ({ deal_id: dealId, staff_id }))
  await insert(ctx, 'deal_assignees', assignees).execute()
}

/** Makes these the deal's tags. Refuses (422) names that are too long. */
export async function writeTags(ctx: Context, dealId: number, names: string[]): Promise<void> {
  if (names.some(name => isLongerThan(name, 191) || isLongerThan(fold(name), 191)))
    throw unprocessable({ tags: 'must each be at most 191 characters' })
  const tagIds = await idsByName(ctx, 'tags', names)
  await remove(ctx, 'deal_tags').where('deal_id', '=', dealId).execute()
  if (tagIds.length === 0) return
  const tags = tagIds.map(tag_id => ({ deal_id: dealId, tag_id }))
  await insert(ctx, 'deal_tags', tags).execute()
}

/** What a deal is found by; `tags` are joined by commas. */
export const dealTerms = ({ title, party_name, tags, notes }: Pick<DealRow, 'title' | 'party_name' | 'tags' | 'notes'>): string =>
  indexTerms([title, party_name, tags, notes])

/** Writes what a deal is found by. */
export const indexDeal = (ctx: Context, deal: DealRow): Promise<void> => writeSearch(ctx, 'deal_search', deal.id, dealTerms(deal))

/** What the next deals after an id are found by, for writing the full-text index anew. */
export const dealsToIndex = async (ctx: Context, after: number, limit: number): Promise<{ id: number; terms: string }[]> =>
  (await nextDeals.all(ctx, { after, limit })).map(deal => ({ id: deal.id, terms: dealTerms(deal) }))

/** The pipeline with its stages that a new organization begins with. */
export async function addDealDefaults(ctx: Context): Promise<void> {
  const { id } = await insert(ctx, 'pipelines', { name: 'Sales', position: 1 }).returning('id').executeTakeFirstOrThrow()
  const stages = [
    ['Qualified To Buy', 20],
    ['Contact Made', 40],
    ['Presentation Scheduled', 60],
    ['Proposal Made', 80],
    ['Appointment Scheduled', 90]
  ] as const
  await insert(
    ctx,
    'stages',
    stages.map(([name, probability], index) => ({ pipeline_id: id, name, probability, position: index + 1 }))
  ).execute()
}
