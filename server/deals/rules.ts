import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { type FieldErrors, Problem, unprocessable } from '../platform/errors.ts'
import { isLongerThan } from '../platform/fields.ts'
import { checkReferences } from '../platform/references.ts'
import { caseKey } from '../platform/terms.ts'
import type { DealStatus, Party } from './schema.ts'

// What holds for every deal, whichever verb writes it.

/** Refuses (422) what was sent empty although the record cannot be without. */
export function refuseEmptied(change: object, essentials: readonly string[]): void {
  const errors: FieldErrors = {}
  for (const [name, value] of Object.entries(change))
    if (value === null && essentials.includes(name)) errors[name] = 'cannot be empty'
  if (Object.keys(errors).length > 0) throw unprocessable(errors)
}

/** The form in which a title must be the only one. Refuses (422) one that this makes too long. */
export function titleKey(title: string): string {
  const key = caseKey(title)
  if (isLongerThan(key, 400)) throw unprocessable({ title: 'has too many signs that stand for several letters' })
  return key
}

const pipelineOfStage = prepared<{ id: number }>()((scope, arg) =>
  rows(scope, 'stages').select('pipeline_id').where('id', '=', arg('id'))
)
const anyPipeline = prepared<object>()(scope => rows(scope, 'pipelines').select('id').limit(1))

/** Refuses (412) while the organization has no pipeline. */
export async function demandPipeline(ctx: Context): Promise<void> {
  if (!(await anyPipeline.first(ctx, {}))) {
    throw new Problem('not_configured', 'There is no pipeline yet; add one with its stages before the first deal')
  }
}

interface References {
  /** The place that results, of which only what was sent is looked up; undefined when it stays. */
  place: { pipeline_id: number; stage_id: number } | undefined
  owner_id?: number | null | undefined
  source_id?: number | null | undefined
  lead_id?: number | null | undefined
  customer_id?: number | null | undefined
  assignee_ids?: number[] | null | undefined
}

/** Refuses (422, naming the fields) references to no row of the organization and a stage that is not of the pipeline. */
export async function checkDeal(ctx: Context, references: References): Promise<void> {
  const { place, owner_id, source_id, lead_id, customer_id, assignee_ids } = references
  await checkReferences(ctx, {
    pipeline_id: ['pipelines', place?.pipeline_id],
    stage_id: ['stages', place?.stage_id],
    owner_id: ['staff', owner_id],
    source_id: ['sources', source_id],
    rel_id: lead_id ? ['leads', lead_id] : ['customers', customer_id],
    assignee_ids: ['staff', assignee_ids]
  })
  if (!place) return
  const stage = await pipelineOfStage.first(ctx, { id: place.stage_id })
  if (stage?.pipeline_id !== place.pipeline_id) throw unprocessable({ stage_id: 'names a stage of another pipeline' })
}

interface Related {
  lead_id: number | null
  customer_id: number | null
}

/** Whom the deal is with after a change. Refuses (422) a kind of party, other than it was, without its id. */
export function relatedAfter(
  { rel_type, rel_id }: { rel_type?: Party | null | undefined; rel_id?: number | null | undefined },
  { lead_id, customer_id }: Related
): Related {
  const typeBefore = customer_id !== null ? 'customer' : lead_id !== null ? 'lead' : undefined
  if (rel_id === null || (rel_type === null && rel_id === undefined)) return { lead_id: null, customer_id: null }
  if (rel_id === undefined) {
    if (rel_type && rel_type !== typeBefore)
      throw unprocessable({ rel_id: `is required with rel_type: the id of the ${rel_type}` })
    return { lead_id, customer_id }
  }
  return (rel_type ?? typeBefore) === 'customer' ? { lead_id: null, customer_id: rel_id } : { lead_id: rel_id, customer_id: null }
}

interface Outcome {
  status: DealStatus
  lost_reason: string | null
  closed_at: number | null
}

/** Won closes with a date, lost asks a reason too (422 without), reopening clears both. */
export function outcomeAfter(
  change: { status?: DealStatus | null | undefined; lost_reason?: string | null | undefined },
  before: Outcome
): Outcome {
  const status = change.status ?? before.status
  const turns = status !== before.status
  const sent = change.lost_reason === undefined ? before.lost_reason : change.lost_reason
  const lost_reason = status === 'lost' ? sent : null
  if (status === 'lost' && lost_reason === null) throw unprocessable({ lost_reason: 'is required when a deal is lost' })
  if (!turns) return { status, lost_reason, closed_at: before.closed_at }
  return { status, lost_reason, closed_at: status === 'open' ? null : Date.now() }
}
