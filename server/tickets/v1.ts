import type { Context } from '../platform/context.ts'
import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging, period, rangeOf, searched } from '../platform/lists.ts'
import { caseKey } from '../platform/terms.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { openTicket } from './actions.ts'
import {
  getTicketByNumber,
  listReplies,
  listStatuses,
  listTicketFiles,
  type ReplyRow,
  type TicketRow,
  ticketColumns,
  ticketCount,
  ticketPage
} from './queries.ts'

const ticketCells = {
  ticketid: cell.id('number'),
  adminreplying: cell.isSet('replying_staff_id'),
  userid: cell.reference('customer_id'),
  contactid: cell.reference('contact_id'),
  merged_ticket_id: cell.optionalId('merged_number'),
  email: cell.text('email', 'john@example.com'),
  name: cell.text('name', 'john doe'),
  department: cell.reference('department_id'),
  priority: cell.reference('priority_id'),
  status: cell.text('status', 'Open'),
  service: cell.optionalText('service'),
  ticketkey: cell.text('key', '32f3a1c09b5d4e7f8a6b2c1d0e9f8a7b'),
  subject: cell.text('subject', 'The printer is on fire'),
  message: cell.text('message', 'Since this morning.'),
  admin: cell.reference('opened_by_id'),
  date: cell.time('created_at'),
  project_id: cell.always('0'),
  lastreply: cell.optionalTime('last_reply_at'),
  clientread: cell.flag('read_by_customer'),
  adminread: cell.flag('read_by_staff'),
  assigned: cell.reference('assigned_id'),
  staff_id_replying: cell.optionalId('replying_staff_id'),
  cc: cell.optionalText('cc', 'jane@example.com'),
  tenant_ticket_id: cell.id('id'),
  status_id: cell.id('status_id')
} as const

const TicketShape = cell.shape<TicketRow>()(ticketCells)
const readTicket = TicketShape.reading(ticketColumns)

const ReplyShape = cell.shape<ReplyRow & { number: number; attachment: string | null }>()({
  id: cell.id('id'),
  ticketid: cell.id('number'),
  userid: cell.always('0'),
  contactid: cell.reference('contact_id'),
  name: cell.text('name', 'john doe'),
  email: cell.text('email', 'john@example.com'),
  date: cell.time('created_at'),
  message: cell.text('message', 'Have you tried turning it off?'),
  attachment: cell.optionalText('attachment', 'manual.pdf'),
  admin: cell.reference('staff_id')
})

type AttachmentRow = Awaited<ReturnType<typeof listTicketFiles>>[number] & { number: number }

const AttachmentShape = cell.shape<AttachmentRow>()({
  id: cell.id('id'),
  ticketid: cell.id('number'),
  replyid: cell.optionalId('reply_id'),
  file_name: cell.text('name', 'screen.png'),
  filetype: cell.text('type', 'image/png'),
  dateadded: cell.time('created_at'),
  url: cell.link('id')
})

const DetailsShape = cell.shape<Awaited<ReturnType<typeof detailsOf>>>()({
  ...ticketCells,
  replies: cell.list('replies', ReplyShape),
  attachments: cell.list('attachments', AttachmentShape)
})

const StatusShape = cell.shape<Awaited<ReturnType<typeof listStatuses>>[number]>()({
  ticketstatusid: cell.id('id'),
  name: cell.text('name', 'Open'),
  isdefault: cell.flag('is_default'),
  statuscolor: cell.text('color', '#ff2d42'),
  statusorder: cell.id('position')
})

const TicketForm = form({
  subject: field.required(field.text({ max: 191, example: 'The printer is on fire' })),
  message: field.required(field.text({ bytes: 1_048_576, about: 'At most 1 MiB', example: 'Since this morning.' })),
  staff_id: field.reference({ about: 'The acting staff member; without one the app itself acts' }),
  name: field.text({ max: 191, about: 'Whom the ticket is from', example: 'john doe' }),
  email: field.email(),
  department: field.reference({ example: '0' }),
  priority: field.reference({ about: '1 Low, 2 Medium, 3 High', example: '0' }),
  assigned: field.reference({ about: 'The staff member who works on it' }),
  cc: field.text({ max: 2000, example: 'jane@example.com' }),
  attachments: field.files(10)
})

const TicketQuery = form({
  ...paging,
  status_id: field.id({ about: '1 Open, 2 In progress, 3 Answered, 4 On Hold, 5 Closed, or one of your own' }),
  priority: field.reference({ about: '0 asks for those without' }),
  assigned: field.reference({ about: '0 asks for those without' }),
  department: field.reference({ about: '0 asks for those without' }),
  email: field.text({ max: 191, example: 'john@example.com' }),
  ...searched,
  ...period
})

const names = { department_id: 'department', priority_id: 'priority', assigned_id: 'assigned' }

const index = { name: 'ticket_search', table: 'tickets', column: 'created_at' } as const

/** The ticket endpoints of the contract. */
export function ticketsV1(route: V1): void {
  readTickets(route)
  route({
    method: 'POST',
    path: '/ticket/create',
    title: 'Create a Ticket',
    permission: 'tickets:write',
    body: TicketForm,
    names,
    answer: { one: TicketShape },
    handle: async ({ ctx, body, wire }) => {
      const { department, priority, assigned, attachments, staff_id, ...rest } = body
      const input = { ...rest, department_id: department, priority_id: priority, assigned_id: assigned }
      return success(TicketShape.write(await openTicket(await actAs(ctx, staff_id), input, attachments ?? []), wire))
    }
  })
}

function readTickets(route: V1): void {
  route({
    method: 'GET',
    path: '/ticket/list',
    title: 'List Tickets',
    about: 'Newest first.',
    permission: 'tickets:read',
    query: TicketQuery,
    answer: { list: TicketShape },
    handle: ({ ctx, query, wire }) => {
      const { status_id, priority, assigned, department, email } = query
      return listAnswer(
        { ctx, wire, query, read: readTicket, page: ticketPage, count: ticketCount, index },
        {
          status_id: status_id ?? undefined,
          priority_id: priority,
          assigned_id: assigned,
          department_id: department,
          email_key: email ? caseKey(email) : undefined,
          ...rangeOf(query, wire.clock)
        }
      )
    }
  })
  route({
    method: 'GET',
    path: '/ticket/details/:ticket_id',
    title: 'Get Ticket Details',
    permission: 'tickets:read',
    params: form({ ticket_id: field.required(field.id({ about: 'The ticketid' })) }),
    answer: { one: DetailsShape },
    handle: async ({ ctx, params, wire }) => success(DetailsShape.write(await detailsOf(ctx, params.ticket_id), wire))
  })
  route({
    method: 'GET',
    path: '/ticket/statuses',
    title: 'List Ticket Statuses',
    permission: 'tickets:read',
    answer: { list: StatusShape, paged: false },
    handle: async ({ ctx, wire }) => success(cell.writeAll(StatusShape, await listStatuses(ctx), wire))
  })
}

async function detailsOf(ctx: Context, number: number) {
  const ticket = await getTicketByNumber(ctx, number)
  const [replies, files] = await Promise.all([listReplies(ctx, ticket.id), listTicketFiles(ctx, ticket.id)])
  return {
    ...ticket,
    replies: replies.map(reply => ({
      ...reply,
      number,
      attachment: files.find(file => file.reply_id === reply.id)?.name ?? null
    })),
    attachments: files.map(file => ({ ...file, number }))
  }
}
