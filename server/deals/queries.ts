import { type SelectQueryBuilder, sql } from 'kysely'
import { found } from '../db/dialect.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import type { Tables } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import type { DealFilter } from './schema.ts'

const ownColumns = [
  'deals.id',
  'deals.title',
  'deals.value',
  'deals.source_id',
  'deals.status',
  'deals.notes',
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
  'sources.name as source_name',
  'pipelines.name as pipeline_name',
  'stages.name as stage_name'
] as const

/** What `dealPage` reads of each deal, in order. */
export const dealColumns = [...ownColumns, 'owner_name', 'rel_type', 'rel_id', 'assignee_ids', 'tags', 'tax_total'] as const

// Left joins, so that a list is always read in the order of its own index and never from the few stages or staff members.
const withNames = (query: SelectQueryBuilder<Tables, 'deals', object>) =>
  query
    .leftJoin('sources', join =>
      join.onRef('sources.organization_id', '=', 'deals.organization_id').onRef('sources.id', '=', 'deals.source_id')
    )
    .leftJoin('pipelines', join =>
      join.onRef('pipelines.organization_id', '=', 'deals.organization_id').onRef('pipelines.id', '=', 'deals.pipeline_id')
    )
    .leftJoin('stages', join =>
      join.onRef('stages.organization_id', '=', 'deals.organization_id').onRef('stages.id', '=', 'deals.stage_id')
    )
    .leftJoin('staff', join =>
      join.onRef('staff.organization_id', '=', 'deals.organization_id').onRef('staff.id', '=', 'deals.owner_id')
    )
    .select(ownColumns)
    .select(eb => [
      sql<string>`trim(staff.first_name || ' ' || staff.last_name)`.as('owner_name'),
      sql<'lead' | 'customer' | null>`case when deals.lead_id is not null then 'lead' when deals.customer_id is not null then 'customer' end`.as(
        'rel_type'
      ),
      eb.fn.coalesce('deals.lead_id', 'deals.customer_id').as('rel_id'),
      eb
        .selectFrom('deal_assignees')
        .select(sql<string>`string_agg(cast(staff_id as text), ',' order by staff_id)`.as('ids'))
        .whereRef('deal_assignees.organization_id', '=', 'deals.organization_id')
        .whereRef('deal_assignees.deal_id', '=', 'deals.id')
        .as('assignee_ids'),
      eb
        .selectFrom('deal_tags')
        .innerJoin('tags', join =>
          join.onRef('tags.organization_id', '=', 'deal_tags.organization_id').onRef('tags.id', '=', 'deal_tags.tag_id')
        )
        .select(sql<string>`string_agg(tags.name, ',' order by tags.name_key)`.as('names'))
        .whereRef('deal_tags.organization_id', '=', 'deals.organization_id')
        .whereRef('deal_tags.deal_id', '=', 'deals.id')
        .as('tags'),
      eb
        .selectFrom('services')
        .select(sql<number>`cast(coalesce(sum(tax_total), 0) as bigint)`.as('total'))
        .whereRef('services.organization_id', '=', 'deals.organization_id')
        .whereRef('services.deal_id', '=', 'deals.id')
        .as('tax_total')
    ])

const dealById = prepared<{ id: number }>()((scope, arg) =>
  withNames(rows(scope, 'deals').where('deals.id', '=', arg('id')))
    .leftJoin('leads', join =>
      join.onRef('leads.organization_id', '=', 'deals.organization_id').onRef('leads.id', '=', 'deals.lead_id')
    )
    .leftJoin('customers', join =>
      join.onRef('customers.organization_id', '=', 'deals.organization_id').onRef('customers.id', '=', 'deals.customer_id')
    )
    .select(eb => [
      eb.fn.coalesce('leads.name', 'customers.name').as('party_name'),
      eb.fn.coalesce('leads.email', 'customers.email').as('party_email'),
      eb.fn.coalesce('leads.phone', 'customers.phone').as('party_phone'),
      eb
        .selectFrom('deal_assignees')
        .innerJoin('staff as assignee', join =>
          join
            .onRef('assignee.organization_id', '=', 'deal_assignees.organization_id')
            .onRef('assignee.id', '=', 'deal_assignees.staff_id')
        )
        .select(
          sql<string>`string_agg(trim(assignee.first_name || ' ' || assignee.last_name), ', ' order by assignee.id)`.as('names')
        )
        .whereRef('deal_assignees.organization_id', '=', 'deals.organization_id')
        .whereRef('deal_assignees.deal_id', '=', 'deals.id')
        .as('assignee_names')
    ])
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
    .select(sql<string>`trim(staff.first_name || ' ' || staff.last_name)`.as('full_name'))
    .where('deal_assignees.deal_id', '=', arg('deal_id'))
    .orderBy('staff.id')
)

export type AssigneeRow = Awaited<ReturnType<typeof assigneesOf.all>>[number]

/** The staff members assigned to a deal, in the order of their ids. */
export const listAssignees = (ctx: Context, dealId: number): Promise<AssigneeRow[]> => assigneesOf.all(ctx, { deal_id: dealId })

function filtered(scope: Scope, given: DealFilter) {
  return rows(scope, 'deals')
    .$if(given.match !== undefined, query =>
      query.innerJoin('deal_search', 'deal_search.rowid', 'deals.id').where(found('deal_search', given.match!))
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
  const query = withNames(filtered(scope, given)).limit(given.take).offset(given.offset)
  if (given.match !== undefined) return query.orderBy('deal_search.rowid' as 'deals.id', 'desc')
  return query.orderBy('deals.created_at', 'desc').orderBy('deals.id', 'desc')
})

/** How many deals match. */
export const dealCount = preparedList<DealFilter>()((scope, given) =>
  filtered(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

const sourcesByName = prepared<object>()(scope => rows(scope, 'sources').select(['id', 'name']).orderBy('name_key'))

export type SourceRow = Awaited<ReturnType<typeof sourcesByName.all>>[number]

/** Where leads and deals come from, by name. */
export const listSources = (ctx: Context): Promise<SourceRow[]> => sourcesByName.all(ctx, {})

const pipelinesInOrder = prepared<object>()(scope =>
  rows(scope, 'pipelines').select(['id', 'name', 'description', 'position']).orderBy('position').orderBy('id')
)
const stagesInOrder = prepared<object>()(scope =>
  rows(scope, 'stages').select(['id', 'name', 'pipeline_id', 'position', 'probability']).orderBy('position').orderBy('id')
)

export type StageRow = Awaited<ReturnType<typeof stagesInOrder.all>>[number]
export type PipelineRow = Awaited<ReturnType<typeof pipelinesInOrder.all>>[number] & { stages: StageRow[] }

/** The pipelines in their order, each with its stages in theirs. */
export async function listPipelines(ctx: Context): Promise<PipelineRow[]> {
  const stages = await stagesInOrder.all(ctx, {})
  const pipelines = await pipelinesInOrder.all(ctx, {})
  return pipelines.map(pipeline => ({ ...pipeline, stages: stages.filter(({ pipeline_id }) => pipeline_id === pipeline.id) }))
}
