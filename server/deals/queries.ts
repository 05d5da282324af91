import { type ExpressionBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { keyset } from '../db/keyset.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import { found } from '../db/search.ts'
import type { Tables } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import type { DealFilter, Party } from './schema.ts'

const brief = [
  'deals.id',
  'deals.title',
  'deals.value',
  'deals.source_id',
  'deals.status',
  'deals.pipeline_id',
  'deals.currency',
  'deals.created_at',
  'deals.expected_close_on',
  'deals.lead_id',
  'deals.customer_id',
  'deals.stage_id',
  'deals.owner_id',
  'deals.lost_reason',
  'deals.closed_at',
  'deals.position',
  'deals.created_by_id',
  'deals.updated_at'
] as const
const ownColumns = [...brief, 'deals.notes'] as const

/** What `dealPage` reads of each deal, in order. */
export const dealColumns = [
  ...ownColumns,
  'rel_type',
  'rel_id',
  'source_name',
  'pipeline_name',
  'stage_name',
  'owner_name',
  'assignee_ids',
  'tags',
  'tax_total'
] as const

type Of = ExpressionBuilder<Tables, 'deals'>
type Reference = 'source_id' | 'pipeline_id' | 'stage_id' | 'owner_id' | 'lead_id' | 'customer_id'

/** What a deal's reference names; asked for the rows that are shown only, where a join would ask for those that a page skips too. */
const named = (eb: Of, table: 'sources' | 'pipelines' | 'stages' | 'staff' | 'leads' | 'customers', reference: Reference) =>
  eb
    .selectFrom(table as 'leads')
    .whereRef(`${table as 'leads'}.organization_id`, '=', 'deals.organization_id')
    .whereRef(`${table as 'leads'}.id`, '=', `deals.${reference}`)

const ofDeal = (eb: Of, table: 'deal_assignees' | 'deal_tags' | 'services') =>
  eb
    .selectFrom(table as 'services')
    .whereRef(`${table as 'services'}.organization_id`, '=', 'deals.organization_id')
    .whereRef(`${table as 'services'}.deal_id`, '=', 'deals.id')

const fullName = sql<string>`trim(staff.first_name || ' ' || staff.last_name)`

const tagNames = (eb: Of) =>
  ofDeal(eb, 'deal_tags')
    .innerJoin('tags', join =>
      join.on(sql<SqlBool>`tags.organization_id = deal_tags.organization_id and tags.id = deal_tags.tag_id`)
    )
    .select(sql<string>`string_agg(tags.name, ',' order by tags.name_key)`.as('names'))

const severalOf = (eb: Of) => [
  ofDeal(eb, 'deal_assignees')
    .select(sql<string>`string_agg(cast(staff_id as text), ',' order by staff_id)`.as('ids'))
    .as('assignee_ids'),
  tagNames(eb).as('tags'),
  ofDeal(eb, 'services').select(sql<number>`cast(coalesce(sum(tax_total), 0) as bigint)`.as('total')).as('tax_total')
]

const shown = (query: SelectQueryBuilder<Tables, 'deals', object>) =>
  query
    .select(ownColumns)
    .select(eb => [
      sql<Party | null>`case when deals.lead_id is not null then 'lead' when deals.customer_id is not null then 'customer' end`.as(
        'rel_type'
      ),
      eb.fn.coalesce('deals.lead_id', 'deals.customer_id').as('rel_id'),
      named(eb, 'sources', 'source_id').select('name').as('source_name'),
      named(eb, 'pipelines', 'pipeline_id').select('name').as('pipeline_name'),
      named(eb, 'stages', 'stage_id').select('name').as('stage_name'),
      named(eb, 'staff', 'owner_id').select(fullName.as('name')).as('owner_name'),
      ...severalOf(eb)
    ])

const party = (eb: Of, column: 'name' | 'email' | 'phone') =>
  eb.fn.coalesce(named(eb, 'leads', 'lead_id').select(column), named(eb, 'customers', 'customer_id').select(column))

const dealById = prepared<{ id: number }>()((scope, arg) =>
  shown(rows(scope, 'deals').where('deals.id', '=', arg('id'))).select(eb => [
    party(eb, 'name').as('party_name'),
    party(eb, 'email').as('party_email'),
    party(eb, 'phone').as('party_phone'),
    ofDeal(eb, 'deal_assignees')
      .innerJoin('staff', join =>
        join.on(sql<SqlBool>`staff.organization_id = deal_assignees.organization_id and staff.id = deal_assignees.staff_id`)
      )
      .select(sql<string>`string_agg(${fullName}, ', ' order by staff.id)`.as('names'))
      .as('assignee_names')
  ])
)

/** Of the next deals after an id, what they are found by. */
export const nextDeals = prepared<{ after: number; limit: number }>()((scope, arg) =>
  rows(scope, 'deals')
    .select(eb => ['deals.id', 'deals.title', 'deals.notes', party(eb, 'name').as('party_name'), tagNames(eb).as('tags')])
    .where('deals.id', '>', arg('after'))
    .orderBy('deals.id')
    .limit(arg('limit'))
)

/** A deal with the names of what it refers to and whom it is with; ids, names and `tags` of several are joined with commas, null for none. */
export type DealRow = NonNullable<Awaited<ReturnType<typeof dealById.first>>>

/** The deal of this id; 404 when there is none. */
export async function getDeal(ctx: Context, id: number): Promise<DealRow> {
  const deal = await dealById.first(ctx, { id })
  if (!deal) throw notFound('deal')
  return deal
}

const assigneesOf = prepared<{ deal_id: number }>()((scope, arg) =>
  rows(scope, 'deal_assignees')
    .innerJoin('staff', join =>
      join.onRef('staff.organization_id', '=', 'deal_assignees.organization_id').onRef('staff.id', '=', 'deal_assignees.staff_id')
    )
    .select(['staff.id', 'staff.first_name', 'staff.last_name'])
    .select(fullName.as('full_name'))
    .where('deal_assignees.deal_id', '=', arg('deal_id'))
    .orderBy('staff.id')
)

export type AssigneeRow = Awaited<ReturnType<typeof assigneesOf.all>>[number]

/** The staff members assigned to a deal, in the order of their ids. */
export const listAssignees = (ctx: Context, dealId: number): Promise<AssigneeRow[]> => assigneesOf.all(ctx, { deal_id: dealId })

function filtered(scope: Scope, given: DealFilter) {
  return rows(scope, 'deals')
    .$if(given.match !== undefined, query =>
      query.innerJoin('deal_search', 'deal_search.rowid', 'deals.id').where(found(scope, 'deal_search', given))
    )
    .$if(given.owner_id !== undefined, query => query.where('deals.owner_id', '=', given.owner_id!))
    .$if(given.pipeline_id !== undefined, query => query.where('deals.pipeline_id', '=', given.pipeline_id!))
    .$if(given.stage_id !== undefined, query => query.where('deals.stage_id', '=', given.stage_id!))
    .$if(given.source_id !== undefined, query =>
      query.where('deals.source_id', given.source_id === null ? 'is' : '=', given.source_id!)
    )
    .$if(given.status !== undefined, query => query.where('deals.status', '=', given.status!))
    .$if(given.lead_id !== undefined, query => query.where('deals.lead_id', '=', given.lead_id!))
    .$if(given.customer_id !== undefined, query => query.where('deals.customer_id', '=', given.customer_id!))
    .$if(given.party_id !== undefined, query =>
      query.where(eb => eb.or([eb('deals.lead_id', '=', given.party_id!), eb('deals.customer_id', '=', given.party_id!)]))
    )
    .$if(given.with_lead !== undefined, query => query.where('deals.lead_id', 'is not', null))
    .$if(given.with_customer !== undefined, query => query.where('deals.customer_id', 'is not', null))
    .$if(given.from !== undefined, query => query.where('deals.created_at', '>=', given.from!))
    .$if(given.before !== undefined, query => query.where('deals.created_at', '<', given.before!))
}

/** A page of deals as arrays of `dealColumns`, newest first; what a search finds comes in the order of ids. */
export const dealPage = preparedList<DealFilter & { take: number; offset: number }>()((scope, given) => {
  const query = shown(filtered(scope, given)).limit(given.take).offset(given.offset)
  if (given.match !== undefined) return query.orderBy('deal_search.rowid' as 'deals.id', 'desc')
  return query.orderBy('deals.created_at', 'desc').orderBy('deals.id', 'desc')
})

/** How many deals match. */
export const dealCount = preparedList<DealFilter>()((scope, given) =>
  filtered(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

/** Deals page after page, without their notes. */
export const dealKeyset = keyset({
  table: 'deals',
  at: 'created_at',
  search: 'deal_search',
  filtered,
  shown: query => query.select(brief).select(severalOf)
})
