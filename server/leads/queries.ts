import { type ExpressionBuilder, sql } from 'kysely'
import { keyset } from '../db/keyset.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import { found } from '../db/search.ts'
import type { Tables } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import type { LeadFilter } from './schema.ts'

const equals = (value: unknown): 'is' | '=' => (value === null ? 'is' : '=')

/** The organization's leads that pass a filter, each once: what the list, the counts and the reports begin with. */
export function filteredLeads(scope: Scope, given: LeadFilter) {
  return rows(scope, 'leads')
    .$if(given.match !== undefined, query =>
      query.innerJoin('lead_search', 'lead_search.rowid', 'leads.id').where(found(scope, 'lead_search', given))
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

type Tabled = ExpressionBuilder<Tables, 'leads'>
type Reference = 'status_id' | 'type_id' | 'source_id' | 'assigned_id'

/** What a lead's reference names; asked for the rows that are shown only, where a join would ask for those that a page skips too. */
export const named = <T extends 'lead_statuses' | 'lead_types' | 'sources' | 'staff'>(
  eb: Tabled,
  table: T,
  reference: Reference
) =>
  eb
    .selectFrom(table as 'lead_statuses')
    .whereRef(`${table as 'lead_statuses'}.organization_id`, '=', 'leads.organization_id')
    .whereRef(`${table as 'lead_statuses'}.id`, '=', `leads.${reference}`)

const names = (eb: Tabled) => [
  named(eb, 'lead_statuses', 'status_id').select('name').as('status'),
  named(eb, 'lead_statuses', 'status_id').select('color').as('color'),
  named(eb, 'lead_types', 'type_id').select('name').as('lead_type'),
  named(eb, 'staff', 'assigned_id')
    .select(sql<string>`trim(staff.first_name || ' ' || staff.last_name)`.as('full_name'))
    .as('assigned_to')
]

const shown = [
  'leads.id',
  'leads.name',
  'leads.title',
  'leads.company',
  'leads.phone',
  'leads.email',
  'leads.created_at',
  'leads.chat_id',
  'leads.assigned_id',
  'leads.is_public',
  'leads.has_chat',
  'leads.chat_started_at'
] as const

/** The columns of `leadPage`, in order. */
export const leadColumns = [...shown, 'status', 'color', 'lead_type', 'assigned_to'] as const

/** A page of leads as arrays of `leadColumns`, newest first; what a search finds comes in the order of ids. */
export const leadPage = preparedList<LeadFilter & { take: number; offset: number }>()((scope, given) => {
  const query = filteredLeads(scope, given).select(shown).select(names).limit(given.take).offset(given.offset)
  if (given.match !== undefined) return query.orderBy('lead_search.rowid' as 'leads.id', 'desc')
  return query.orderBy('leads.created_at', 'desc').orderBy('leads.id', 'desc')
})

const brief = [
  'leads.id',
  'leads.name',
  'leads.title',
  'leads.company',
  'leads.email',
  'leads.phone',
  'leads.status_id',
  'leads.type_id',
  'leads.source_id',
  'leads.assigned_id',
  'leads.created_by_id',
  'leads.is_public',
  'leads.is_lost',
  'leads.is_junk',
  'leads.address',
  'leads.city',
  'leads.state',
  'leads.zip',
  'leads.country',
  'leads.website',
  'leads.value',
  'leads.customer_id',
  'leads.last_contact_at',
  'leads.assigned_at',
  'leads.status_changed_at',
  'leads.converted_at',
  'leads.created_at',
  'leads.updated_at'
] as const

const tagNames = (eb: Tabled) =>
  eb
    .selectFrom('lead_tags')
    .innerJoin('tags', join =>
      join.onRef('tags.organization_id', '=', 'lead_tags.organization_id').onRef('tags.id', '=', 'lead_tags.tag_id')
    )
    .whereRef('lead_tags.organization_id', '=', 'leads.organization_id')
    .whereRef('lead_tags.lead_id', '=', 'leads.id')
    .select(sql<string>`string_agg(tags.name, ',' order by tags.name_key)`.as('names'))

/** Leads page after page, without their long texts; the names of their tags are joined with commas, null for none. */
export const leadKeyset = keyset({
  table: 'leads',
  at: 'created_at',
  search: 'lead_search',
  filtered: filteredLeads,
  shown: query => query.select(brief).select(eb => tagNames(eb).as('tags'))
})

const wholeLeads = (scope: Scope) =>
  rows(scope, 'leads')
    .selectAll('leads')
    .select(names)
    .select(eb => named(eb, 'sources', 'source_id').select('name').as('source_name'))

const leadById = prepared<{ id: number }>()((scope, arg) => wholeLeads(scope).where('leads.id', '=', arg('id')))

const countOf = (eb: Tabled, table: 'notes' | 'files') =>
  eb
    .selectFrom(table as 'notes')
    .whereRef(`${table as 'notes'}.organization_id`, '=', 'leads.organization_id')
    .whereRef(`${table as 'notes'}.lead_id`, '=', 'leads.id')
    .select(eb => eb.fn.countAll<number>().as('rows'))

const detailsById = prepared<{ id: number }>()((scope, arg) =>
  wholeLeads(scope)
    .select(eb => [countOf(eb, 'notes').as('notes_count'), countOf(eb, 'files').as('attachment_count')])
    .where('leads.id', '=', arg('id'))
)

export type LeadDetails = NonNullable<Awaited<ReturnType<typeof detailsById.first>>>

/** The lead of this id with the numbers of its notes and files; 404 when there is none. */
export async function getLeadDetails(ctx: Context, id: number): Promise<LeadDetails> {
  const lead = await detailsById.first(ctx, { id })
  if (!lead) throw notFound('lead')
  return lead
}

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
