import type { Static } from 'typebox'
import type { RowOf } from '../db/keyset.ts'
import { isoTime } from '../platform/clock.ts'
import { listRoute } from '../platform/cursors.ts'
import { email, ids, idsOrNone } from '../platform/filters.ts'
import { roomFor } from '../platform/json.ts'
import { IdParams, isoOrNull, type V2 } from '../platform/v2.ts'
import { actAs } from '../staff/queries.ts'
import { changeTicket } from './change.ts'
import { mergeTicket } from './merge.ts'
import { getTicket, type TicketRow, ticketKeyset } from './queries.ts'
import { replyToTicket } from './replies.ts'
import { ListedTicket, longestMessage, Merger, NewReply, Reply, Ticket, TicketChange } from './schema.ts'

/** The ticket routes of /api/v2. `:id` is the id in the installation (`tenant_ticket_id` in v1). */
export function ticketRoutes(http: V2): void {
  listRoute(http, {
    path: '/tickets',
    tag: 'Tickets',
    permission: 'tickets:read',
    item: ListedTicket,
    rows: ticketKeyset,
    filters: { status_id: ids, priority_id: idsOrNone, assigned_id: idsOrNone, department_id: idsOrNone, email },
    present: presentBrief
  })
  http.get(
    '/tickets/:id',
    { config: { permission: 'tickets:read' }, schema: { tags: ['Tickets'], params: IdParams, response: { 200: Ticket } } },
    async ({ ctx, params }) => present(await getTicket(ctx, params.id))
  )
  http.patch(
    '/tickets/:id',
    {
      config: { permission: 'tickets:write' },
      schema: { tags: ['Tickets'], params: IdParams, body: TicketChange, response: { 200: Ticket } }
    },
    async ({ ctx, params, body }) => {
      const { staff_id, ...change } = body
      return present(await changeTicket(await actAs(ctx, staff_id), params.id, change))
    }
  )
  http.post(
    '/tickets/:id/replies',
    {
      bodyLimit: roomFor(longestMessage),
      config: { permission: 'tickets:write' },
      schema: { tags: ['Tickets'], params: IdParams, body: NewReply, response: { 201: Reply } }
    },
    async ({ ctx, params, body }, answer) => {
      const { reply, ticket } = await replyToTicket(await actAs(ctx, body.staff_id), params.id, body)
      const { from_staff, created_at, ...row } = reply
      answer.code(201)
      const from = from_staff ? ('staff' as const) : ('customer' as const)
      return { ...row, from, created_at: isoTime(created_at), ticket: present(ticket) }
    }
  )
  http.put(
    '/tickets/:id/merger',
    {
      config: { permission: 'tickets:write' },
      schema: { tags: ['Tickets'], params: IdParams, body: Merger, response: { 200: Ticket } }
    },
    async ({ ctx, params, body }) => present(await mergeTicket(await actAs(ctx, body.staff_id), params.id, body.into_id))
  )
}

const present = (ticket: TicketRow): Static<typeof Ticket> => ({ ...presentBrief(ticket), message: ticket.message })

function presentBrief(ticket: RowOf<typeof ticketKeyset>): Static<typeof ListedTicket> {
  return {
    ...ticket,
    read_by_staff: ticket.read_by_staff === 1,
    read_by_customer: ticket.read_by_customer === 1,
    last_reply_at: isoOrNull(ticket.last_reply_at),
    created_at: isoTime(ticket.created_at)
  }
}
