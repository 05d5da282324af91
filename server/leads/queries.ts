import { found } from '../db/dialect.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import type { LeadFilter } from './schema.ts'

const equals = (value: unknown): 'is' | '=' => (value === null ? 'is' : '=')

/** The organization's leads that pass a filter, each once: what the list, the counts and the reports begin with. */
export function filteredLeads(scope: Scope, given: LeadFilter) {
  return rows(scope, 'leads')
    .$if(given.match !== undefined, query =>
      query.innerJoin('lead_search', 'lead_search.rowid', 'leads.id').where(found('lead_search', given.match!))
    )
    .$if(given.status_id !== undefined, query => query.where('leads.status_id', equals(given.status_id), given.status_id!))
    .$if(given.type_id !== undefined, query => query.where('leads.type_id', equals(given.type_id), given.type_id!))
    .$if(given.assigned_id !== undefined, query =>
      query.where('leads.assigned_id', equals(given.assigned_id), given.assigned_id!)
    )
    .$if(given.source_id !== undefined, query => query.where('leads.source_id', equals(given.source_id), given.source_id!))
    .$if(given.is_public !== undefined, query => query.where('leads.is_public', '=', given.is_public!))
    .$if(given.from !== undefined, query => query.where('leads.created_at', '>=', given.from!))
    .$if(given.before !== undefined, query => query.where('leads.created_at', '<', given.before!))
}

/** How many leads pass a filter. */
export const leadCount = preparedList<LeadFilter>()((scope, given) =>
  filteredLeads(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

/** A lead as a list shows it, in the order of `leadPage`'s arrays. */
export const listColumns = [
  'leads.id',
  'leads.name',
  'leads.title',
  'leads.company',
  'leads.phone',
  'leads.email',
  'lead_statuses.name as status',
  'leads.created_at',
  'leads.chat_id',
  'leads.assigned_id',
  'leads.is_public',
  'leads.has_chat',
  'leads.chat_started_at',
  'lead_types.name as lead_type',
  'lead_statuses.color',
  'staff.first_name',
  'staff.last_name'
] as const

const leadById = prepared<{ id: number }>()((scope, arg) =>
  rows(scope, 'leads')
    .leftJoin('lead_statuses', join =>
      join.onRef('lead_statuses.organization_id', '=', 'leads.organization_id').onRef('lead_statuses.id', '=', 'leads.status_id')
    )
    .leftJoin('lead_types', join =>
      join.onRef('lead_types.organization_id', '=', 'leads.organization_id').onRef('lead_types.id', '=', 'leads.type_id')
    )
    .leftJoin('sources', join =>
      join.onRef('sources.organization_id', '=', 'leads.organization_id').onRef('sources.id', '=', 'leads.source_id')
    )
    .leftJoin('staff', join =>
      join.onRef('staff.organization_id', '=', 'leads.organization_id').onRef('staff.id', '=', 'leads.assigned_id')
    )
    .selectAll('leads')
    .select(['lead_statuses.name as status', 'lead_statuses.color', 'lead_types.name as lead_type'])
    .select(['sources.name as source_name', 'staff.first_name', 'staff.last_name'])
    .where('leads.id', '=', arg('id'))
)

/** A lead's columns with the names of its status, type, source and staff member, null where it has none. */
export type LeadRow = NonNullable<Awaited<ReturnType<typeof leadById.first>>>

/** The lead of this id; 404 when there is none. */
export async function getLead(ctx: Context, id: number): Promise<LeadRow> {
  const lead = await leadById.first(ctx, { id })
  if (!lead) throw notFound('lead')
  return lead
}

const newestByPhone = prepared<{ digits: string }>()((scope, arg) =>
  rows(scope, 'leads').select('id').where('phone_digits', '=', arg('digits')).orderBy('id', 'desc').limit(1)
)

/** The newest lead with this phone number; `digits` as `phoneDigits` gives them. */
export async function leadByPhone(ctx: Context, digits: string): Promise<{ id: number } | undefined> {
  return digits === '' ? undefined : newestByPhone.first(ctx, { digits })
}

const tagsOf = prepared<{ lead_id: number }>()((scope, arg) =>
  rows(scope, 'lead_tags')
    .innerJoin('tags', join =>
      join.onRef('tags.organization_id', '=', 'lead_tags.organization_id').onRef('tags.id', '=', 'lead_tags.tag_id')
    )
    .select('tags.name')
    .where('lead_tags.lead_id', '=', arg('lead_id'))
    .orderBy('tags.name_key')
)

/** The names of a lead's tags, in order of the alphabet. */
export const listTags = async (ctx: Context, leadId: number): Promise<string[]> =>
  (await tagsOf.all(ctx, { lead_id: leadId })).map(({ name }) => name)
