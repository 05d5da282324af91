import { filesOf } from '../files/queries.ts'
import type { Context } from '../platform/context.ts'
import * as cell from '../platform/wire.ts'
import { AttachmentShape } from './attachments.v1.ts'
import { listComments } from './comments.ts'
import { CommentShape } from './comments.v1.ts'
import { type AssigneeRow, type DealRow, dealColumns, getDeal, listAssignees } from './queries.ts'

// How a deal looks in the contract.

const dealCells = {
  id: cell.id('id'),
  title: cell.text('title', 'Twenty chairs'),
  deal_value: cell.money('value'),
  source_id: cell.reference('source_id'),
  status: cell.text('status', 'open'),
  notes: cell.optionalText('notes'),
  pipeline_id: cell.id('pipeline_id'),
  currency: cell.text('currency', 'USD'),
  created_at: cell.time('created_at'),
  days_to_close: cell.optionalDate('expected_close_on'),
  user_id: cell.jsonText('assignee_ids', '["1"]', ids => (ids === null ? [] : String(ids).split(','))),
  project_id: cell.always('0'),
  invoice_id: cell.always('0'),
  client_id: cell.jsonText('customer_id', 'null', id => (id === null ? null : String(id))),
  rel_type: cell.optionalText('rel_type', 'lead'),
  rel_id: cell.reference('rel_id'),
  stage_id: cell.id('stage_id'),
  default_deal_owner: cell.id('owner_id'),
  convert_to_project: cell.always('0'),
  lost_reason: cell.optionalText('lost_reason'),
  tax: cell.always(null),
  total_tax: cell.money('tax_total'),
  dealorder: cell.id('position'),
  full_name: cell.text('owner_name', 'Jane Doe'),
  source_name: cell.optionalText('source_name', 'Website'),
  pipeline_name: cell.text('pipeline_name', 'Sales'),
  stage_name: cell.text('stage_name', 'Contact Made')
} as const

export const ListedShape = cell.shape<DealRow>()({ ...dealCells, tags: cell.textOrEmpty('tags', 'furniture,big') })
export const readDeal = ListedShape.reading(dealColumns)

const AssigneeShape = cell.shape<AssigneeRow>()({
  staffid: cell.id('id'),
  firstname: cell.text('first_name', 'Jane'),
  lastname: cell.text('last_name', 'Doe'),
  full_name: cell.text('full_name', 'Jane Doe')
})

const PartyShape = cell.shape<DealRow>()({
  id: cell.reference('rel_id'),
  name: cell.optionalText('party_name', 'John Smith'),
  email: cell.optionalText('party_email', 'john@example.com'),
  phonenumber: cell.optionalText('party_phone'),
  type: cell.optionalText('rel_type', 'lead')
})

type WholeDeal = Awaited<ReturnType<typeof wholeDeal>>

/** The deal of this id with everything that an answer shows of it; 404 when there is none. */
export async function wholeDeal(ctx: Context, id: number) {
  const deal = await getDeal(ctx, id)
  const files = await filesOf(ctx, 'deal_id', id)
  return {
    ...deal,
    comments: await listComments(ctx, id, files),
    assignees: await listAssignees(ctx, id),
    party: deal,
    attachments: files.filter(({ comment_id }) => comment_id === null)
  }
}

export const DealShape = cell.shape<WholeDeal>()({
  ...dealCells,
  comments: cell.list('comments', CommentShape),
  assignees: cell.list('assignees', AssigneeShape),
  customers: cell.nested('party', PartyShape),
  attachments: cell.list('attachments', AttachmentShape)
})
