import type { ZoneClock } from '../platform/clock.ts'
import * as field from '../platform/fields.ts'
import { type FormValues, form } from '../platform/forms.ts'
import { listAnswer, paging, period, rangeOf, searched } from '../platform/lists.ts'
import { transact } from '../platform/transact.ts'
import type { V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { createDeal } from './actions.ts'
import { type ActivityRow, listActivity } from './activity.ts'
import { attachmentsV1 } from './attachments.v1.ts'
import { updateDeal } from './change.ts'
import { commentsV1 } from './comments.v1.ts'
import { DealShape, ListedShape, readDeal, wholeDeal } from './deal.v1.ts'
import { pipelinesV1 } from './pipelines.v1.ts'
import { dealCount, dealPage } from './queries.ts'
import { type DealFilter, dealStatuses } from './schema.ts'
import { servicesV1 } from './services.v1.ts'

const ActivityShape = cell.shape<ActivityRow>()({
  id: cell.id('id'),
  deal_id: cell.id('deal_id'),
  description: cell.text('words', 'Stage changed from "Qualified To Buy" to "Contact Made".'),
  additional_data: cell.optionalText('details'),
  date: cell.time('created_at'),
  staffid: cell.reference('staff_id'),
  full_name: cell.optionalText('actor_name', 'Jane Doe'),
  custom_activity: cell.always('0')
})

const DetailsShape = cell.shape<{ deal: Awaited<ReturnType<typeof wholeDeal>>; activity: ActivityRow[] }>()({
  deals_details: cell.nested('deal', DealShape),
  activity_log: cell.list('activity', ActivityShape)
})

const title = field.text({ max: 191, about: 'The only one of the organization', example: 'Twenty chairs' })
const deal_value = field.money()
const pipeline_id = field.id()
const stage_id = field.id({ about: 'A stage of the pipeline' })
const default_deal_owner = field.id({ about: 'A staff member' })
const relTypes = ['lead', 'customer', 'deal'] as const
const rel_type = field.choice(relTypes, { about: 'Whom the deal is with; deal reads as lead' })
const rel_id = field.reference({ about: 'The id of the lead or customer; required with rel_type, 0 is none' })
const rest = {
  source_id: field.reference(),
  days_to_close: field.date({ about: 'The expected close, a date in spite of its name' }),
  rel_type,
  // 0 says that there is none, which empty does not when a deal is created.
  rel_id: { ...rel_id, read: (raw: Parameters<typeof rel_id.read>[0]) => rel_id.read(raw) ?? 0 },
  tags: field.text({ max: 5000, about: 'Separated by commas', example: 'furniture,big' }),
  user_id: field.references({ about: 'All staff members who are assigned' }),
  staff_id: field.reference({ about: 'The acting staff member; without one the app itself acts' })
}
const DealForm = form({
  title: field.required(title),
  deal_value: field.required(deal_value),
  pipeline_id: field.required(pipeline_id),
  stage_id: field.required(stage_id),
  default_deal_owner: field.required(default_deal_owner),
  ...rest
})
const DealChangeForm = form({
  title,
  deal_value,
  pipeline_id,
  stage_id,
  default_deal_owner,
  ...rest,
  status: field.choice(dealStatuses),
  lost_reason: field.text({ max: 500, about: 'Required when the deal is lost' }),
  notes: field.text({ max: 20_000 })
})

const DealQuery = form({
  ...paging,
  owner: field.id({ about: 'A staff member' }),
  pipeline_id: field.id(),
  stage_id: field.id(),
  source_id: field.reference({ about: '0 asks for those without' }),
  status: field.choice(dealStatuses),
  rel_type,
  rel_id: field.id({ about: 'The id of a lead or customer' }),
  ...searched,
  ...period
})

const DealParams = form({ deal_id: field.required(field.id()) })

/** A verb's names → the contract's. */
const names = {
  value: 'deal_value',
  owner_id: 'default_deal_owner',
  expected_close_on: 'days_to_close',
  assignee_ids: 'user_id'
}

interface Sent {
  source_id?: number | null | undefined
  days_to_close?: string | null | undefined
  rel_type?: (typeof relTypes)[number] | null | undefined
  rel_id?: number | null | undefined
  tags?: string | null | undefined
  user_id?: number[] | null | undefined
}

/** What both forms may have, in the words of the verbs; `empty` is what a party sent empty means. */
const detailsOf = ({ source_id, days_to_close, rel_type, rel_id, tags, user_id }: Sent, empty: null | undefined) => ({
  source_id,
  expected_close_on: days_to_close,
  rel_type: rel_type === 'deal' ? 'lead' : rel_type === null ? empty : rel_type,
  rel_id: rel_id === 0 ? null : rel_id === null ? empty : rel_id,
  tags: typeof tags === 'string' ? tags.split(',').flatMap(name => name.trim() || []) : tags,
  assignee_ids: user_id
})

/** The filter of a list. A related id without its type is that of a lead or of a customer. */
function filterOf(query: FormValues<(typeof DealQuery)['fields']>, clock: ZoneClock): DealFilter {
  const { owner, pipeline_id, stage_id, source_id, status, rel_type, rel_id } = query
  const withCustomer = rel_type === 'customer'
  const related = withCustomer ? { customer_id: rel_id ?? undefined } : { lead_id: rel_id ?? undefined }
  const anyOfType = withCustomer ? { with_customer: true as const } : { with_lead: true as const }
  return {
    owner_id: owner ?? undefined,
    pipeline_id: pipeline_id ?? undefined,
    stage_id: stage_id ?? undefined,
    source_id,
    status: status ?? undefined,
    ...(rel_type ? (rel_id ? related : anyOfType) : { party_id: rel_id ?? undefined }),
    ...rangeOf(query, clock)
  }
}

const index = { name: 'deal_search', table: 'deals', column: 'created_at' } as const

/** The deal endpoints of the contract. */
export function dealsV1(route: V1): void {
  readDeals(route)
  writeDeals(route)
  pipelinesV1(route)
  commentsV1(route)
  attachmentsV1(route)
  servicesV1(route)
}

function readDeals(route: V1): void {
  route({
    method: 'GET',
    path: '/deals/list',
    title: 'List Deals',
    about: 'Newest first.',
    permission: 'deals:read',
    query: DealQuery,
    answer: { list: ListedShape },
    handle: ({ ctx, query, wire }) =>
      listAnswer({ ctx, wire, query, read: readDeal, page: dealPage, count: dealCount, index }, filterOf(query, wire.clock))
  })
  route({
    method: 'GET',
    path: '/deals/details/:deal_id',
    title: 'Get a Deal Details',
    about: 'The activity log has the newest 1000 entries, newest first.',
    permission: 'deals:read',
    params: DealParams,
    answer: { one: DetailsShape },
    handle: async ({ ctx, params, wire }) => {
      const deal = await wholeDeal(ctx, params.deal_id)
      return answerOf(DetailsShape.write({ deal, activity: await listActivity(ctx, deal.id) }, wire), 'success')
    }
  })
}

function writeDeals(route: V1): void {
  route({
    method: 'POST',
    path: '/deals/save-deals',
    title: 'Create a Deal',
    permission: 'deals:write',
    body: DealForm,
    names,
    refusals: ['duplicate', 'not_configured'],
    answer: { one: DealShape, message: saved },
    handle: async ({ ctx, body, wire }) => {
      const { title, deal_value, pipeline_id, stage_id, default_deal_owner, staff_id } = body
      const essentials = { title, value: deal_value, pipeline_id, stage_id, owner_id: default_deal_owner }
      const input = { ...essentials, ...detailsOf(body, undefined) }
      const deal = await transact(await actAs(ctx, staff_id), async ctx => wholeDeal(ctx, await createDeal(ctx, input)))
      return answerOf(DealShape.write(deal, wire), saved)
    }
  })
  route({
    method: 'PUT',
    path: '/deals/update-deals/:deal_id',
    title: 'Update a Deal',
    about:
      'Only what is sent changes. Winning and losing close the deal with a date, losing asks a reason, reopening clears both.',
    permission: 'deals:write',
    params: DealParams,
    body: DealChangeForm,
    names,
    refusals: ['duplicate'],
    answer: { one: DealShape, message: updated },
    handle: async ({ ctx, params, body, wire }) => {
      const { title, deal_value, pipeline_id, stage_id, default_deal_owner, status, lost_reason, notes, staff_id } = body
      const own = { title, value: deal_value, pipeline_id, stage_id, owner_id: default_deal_owner, status, lost_reason, notes }
      const deal = await transact(await actAs(ctx, staff_id), async ctx => {
        await updateDeal(ctx, params.deal_id, { ...own, ...detailsOf(body, null) })
        return wholeDeal(ctx, params.deal_id)
      })
      return answerOf(DealShape.write(deal, wire), updated)
    }
  })
}

const saved = 'Deal information saved'
const updated = 'Deal information updated'

/** A deal's answers say their message before the data. */
const answerOf = (data: object, message: string): string => JSON.stringify({ message, data })
