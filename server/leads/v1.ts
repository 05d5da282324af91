import type { Context } from '../platform/context.ts'
import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging, period, rangeOf, searched } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { getAnalytics } from './chat.ts'
import { leadFilesV1 } from './files.v1.ts'
import { notesV1 } from './notes.v1.ts'
import { getLeadDetails, type LeadDetails, leadColumns, leadCount, leadPage, listTags } from './queries.ts'
import { countByStatus, listTypes } from './statuses.ts'

const leadCells = {
  id: cell.id('id'),
  name: cell.text('name', 'Jane Doe'),
  title: cell.optionalText('title', 'Buyer'),
  company: cell.optionalText('company', 'Example Ltd'),
  phonenumber: cell.optionalText('phone', '+1 555 0100'),
  email: cell.optionalText('email', 'jane@example.com'),
  status: cell.optionalText('status', 'New'),
  date: cell.time('created_at'),
  chat_id: cell.optionalText('chat_id'),
  assigned: cell.reference('assigned_id'),
  is_public: cell.flag('is_public'),
  chat: cell.flag('has_chat'),
  chat_date: cell.optionalTime('chat_started_at'),
  lead_type: cell.optionalText('lead_type', 'Sales'),
  assigned_to: cell.optionalText('assigned_to', 'John Doe'),
  color: cell.optionalText('color', '#84CC16')
} as const

const LeadShape = cell.shape<LeadDetails>()(leadCells)
const readLead = LeadShape.reading(leadColumns)

const counts = { notes_count: cell.count('notes_count'), attachment_count: cell.count('attachment_count') } as const

const DetailsShape = cell.shape<LeadDetails & { tags: string[] }>()({
  ...leadCells,
  description: cell.optionalText('description'),
  country: cell.optionalText('country'),
  zip: cell.optionalText('zip'),
  city: cell.optionalText('city'),
  state: cell.optionalText('state'),
  address: cell.optionalText('address'),
  website: cell.optionalText('website', 'https://example.com'),
  source: cell.reference('source_id'),
  source_name: cell.optionalText('source_name', 'Website'),
  lastcontact: cell.optionalTime('last_contact_at'),
  dateassigned: cell.optionalTime('assigned_at'),
  last_status_change: cell.optionalTime('status_changed_at'),
  lead_value: cell.optionalMoney('value'),
  tags: cell.textList('tags'),
  lost: cell.flag('is_lost'),
  junk: cell.flag('is_junk'),
  date_converted: cell.optionalTime('converted_at'),
  client_id: cell.reference('customer_id'),
  addedfrom: cell.reference('created_by_id'),
  ...counts
})

type AnalyticsRow = Awaited<ReturnType<typeof analyticsOf>>

const AnalyticsShape = cell.shape<NonNullable<AnalyticsRow>>()({
  source: cell.optionalText('source', 'google'),
  analytics: cell.text(
    'place',
    '{"city":"Berlin","country":"Germany","country_code":"DE","latitude":52.5,"longitude":13.4,"region":"Berlin","timezone":"Europe/Berlin"}'
  ),
  browser: cell.optionalText('browser', 'Firefox'),
  source_url: cell.optionalText('source_url', 'https://example.com/prices'),
  ip: cell.optionalText('ip', '203.0.113.7'),
  chat_start_time: cell.optionalMicroTime('chat_started_at'),
  chat_end_time: cell.optionalMicroTime('chat_ended_at'),
  chat: cell.text('chat', '[]')
})

const SummaryShape = cell.shape<LeadDetails & { website_visit: AnalyticsRow }>()({
  ...leadCells,
  analytics: cell.nested('website_visit', AnalyticsShape),
  ...counts
})

const nowhere = JSON.stringify({
  city: null,
  country: null,
  country_code: null,
  latitude: null,
  longitude: null,
  region: null,
  timezone: null
})

/** What the website told of a lead, or null; both JSON texts are always there. */
async function analyticsOf(ctx: Context, leadId: number) {
  const row = await getAnalytics(ctx, leadId)
  return row ? { ...row, place: row.place ?? nowhere, chat: row.chat ?? '[]' } : null
}

const CountShape = cell.shape<{
  id: string | number
  name: string
  color: string
  position: number
  is_default: number
  total: number
  value: string
}>()({
  id: cell.id('id'),
  name: cell.text('name', 'New'),
  color: cell.text('color', '#84CC16'),
  statusorder: cell.id('position'),
  isdefault: cell.flag('is_default'),
  total: cell.count('total'),
  value: cell.text('value', '0.00')
})

const TypeShape = cell.shape<Awaited<ReturnType<typeof listTypes>>[number]>()({
  id: cell.id('id'),
  name: cell.text('name', 'Sales')
})

const LeadQuery = form({
  ...paging,
  status: field.reference({ about: 'The id of a status, lost and junk leads too; 0 asks for those without' }),
  lead_type: field.reference({ about: 'The id of a type; 0 asks for those without' }),
  assigned: field.reference({ about: 'A staff member; 0 asks for those of nobody' }),
  source: field.reference({ about: 'The id of a source; 0 asks for those without' }),
  is_public: field.flag(),
  ...searched,
  ...period
})

const LeadParams = form({ lead_id: field.required(field.id()) })

/** The lead endpoints of the contract. */
export function leadsV1(route: V1): void {
  listsV1(route)
  oneLeadV1(route)
  notesV1(route)
  leadFilesV1(route)
}

function listsV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/list',
    title: 'List Leads',
    about: 'Newest first; lost and junk leads are among them.',
    permission: 'leads:read',
    query: LeadQuery,
    answer: { list: LeadShape },
    handle: ({ ctx, query, wire }) => {
      const { status, lead_type, assigned, source, is_public } = query
      return listAnswer(
        { ctx, wire, query, read: readLead, page: leadPage, count: leadCount },
        {
          status_id: status,
          type_id: lead_type,
          assigned_id: assigned,
          source_id: source,
          is_public: typeof is_public === 'boolean' ? (is_public ? 1 : 0) : undefined,
          ...rangeOf(query, wire.clock)
        }
      )
    }
  })
  route({
    method: 'GET',
    path: '/leads/count-by-status',
    title: 'Leads Count by Status',
    about: 'First the leads without a status, last the lost ones; the statuses count those that are not lost. Junk is in none.',
    permission: 'leads:read',
    answer: { list: CountShape, paged: false },
    handle: async ({ ctx, wire }) => {
      const { none, statuses, lost } = await countByStatus(ctx)
      const first = { id: '0', name: 'None', color: '#757575', position: 0, is_default: 0, ...none }
      const last = { id: 'lost', name: 'Lost', color: '#fc2d42', position: statuses.length + 1, is_default: 0, ...lost }
      return success(cell.writeAll(CountShape, [first, ...statuses, last], wire))
    }
  })
  route({
    method: 'GET',
    path: '/leads/types',
    title: 'Leads Types',
    permission: 'leads:read',
    answer: { list: TypeShape, paged: false },
    handle: async ({ ctx, wire }) => success(cell.writeAll(TypeShape, await listTypes(ctx), wire))
  })
}

function oneLeadV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/details/:lead_id',
    title: 'Get Lead Details',
    permission: 'leads:read',
    params: LeadParams,
    answer: { one: DetailsShape },
    handle: async ({ ctx, params, wire }) => {
      const lead = await getLeadDetails(ctx, params.lead_id)
      return success(DetailsShape.write({ ...lead, tags: await listTags(ctx, lead.id) }, wire))
    }
  })
  route({
    method: 'GET',
    path: '/leads/summary/:lead_id',
    title: 'Leads Summary',
    about: '`analytics` is null when the website told nothing of the lead.',
    permission: 'leads:read',
    params: LeadParams,
    answer: { one: SummaryShape },
    handle: async ({ ctx, params, wire }) => {
      const lead = await getLeadDetails(ctx, params.lead_id)
      return success(SummaryShape.write({ ...lead, website_visit: await analyticsOf(ctx, lead.id) }, wire))
    }
  })
}
