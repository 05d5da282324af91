import { filesOf } from '../files/queries.ts'
import type { Context } from '../platform/context.ts'
import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging, period, rangeOf, searched } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { createDeal } from './actions.ts'
import { type ActivityRow, listActivity } from './activity.ts'
import { AttachmentShape, attachmentsV1 } from './attachments.v1.ts'
import { updateDeal } from './change.ts'
import { listComments } from './comments.ts'
import { CommentShape, commentsV1 } from './comments.v1.ts'
import {
  type AssigneeRow,
  type DealRow,
  dealColumns,
  dealCount,
  dealPage,
  getDeal,
  listAssignees,
  listPipelines,
  listSources,
  type PipelineRow,
  type SourceRow,
  type StageRow
} from './queries.ts'
import { dealStatuses } from './schema.ts'
import { servicesV1 } from './services.v1.ts'

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

const ListedShape = cell.shape<DealRow>()({ ...dealCells, tags: cell.textOrEmpty('tags', 'furniture,big') })
const readDeal = ListedShape.reading(dealColumns)

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

const DealShape = cell.shape<Awaited<ReturnType<typeof wholeDeal>>>()({
  ...dealCells,
  comments: cell.list('comments', CommentShape),
  assignees: cell.list('assignees', AssigneeShape),
  customers: cell.nested('party', PartyShape),
  attachments: cell.list('attachments', AttachmentShape)
})

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

const PlainSourceShape = cell.shape<SourceRow>()({ source_id: cell.id('id'), source_name: cell.text('name', 'Website') })

const StageShape = cell.shape<StageRow>()({
  stage_id: cell.id('id'),
  stage_name: cell.text('name', 'Contact Made'),
  pipeline_id: cell.id('pipeline_id'),
  stage_order: cell.id('position'),
  probability: cell.id('probability')
})

const PipelineShape = cell.shape<PipelineRow>()({
  pipeline_id: cell.id('id'),
  pipeline_name: cell.text('name', 'Sales'),
  description: cell.optionalText('description'),
  order: cell.id('position'),
  stages: cell.list('stages', StageShape)
})
