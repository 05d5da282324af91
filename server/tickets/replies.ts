import { insert, update } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { conflict, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import { transact } from '../platform/transact.ts'
import { actingStaffId } from '../staff/queries.ts'
import { getTicket, type ReplyRow, type TicketRow } from './queries.ts'
import { type NewReply, ticketStatus } from './schema.ts'

/**
 * Adds a reply and resolves with it and its ticket: a reply to a merged ticket goes to the one it was merged into.
 * Sets the status that the reply means, the time of the last reply, and clears both read flags.
 */
export function replyToTicket(ctx: Context, ticketId: number, input: NewReply): Promise<{ reply: ReplyRow; ticket: TicketRow }> {
  return transact(ctx, async ctx => {
    const ticket = await goingOn(ctx, ticketId)
    await checkReferences(ctx, { status_id: ['ticket_statuses', input.status_id] })
    const holder = ticket.replying_staff_id
    if (input.from === 'staff' && holder !== null && holder !== actingStaffId(ctx))
      throw conflict('Another staff member is writing a reply')
    const status_id = statusAfter(ticket, input)
    const created_at = Date.now()
    const reply = await insert(ctx, 'replies', {
      ...authorOf(ctx, ticket, input),
      ticket_id: ticket.id,
      message: input.message.trim(),
      created_at
    })
      .returningAll()
      .executeTakeFirstOrThrow()
    await update(ctx, 'tickets')
      .set({
        status_id,
        closed_at: status_id === ticketStatus.closed ? created_at : null,
        last_reply_at: created_at,
        read_by_staff: 0,
        read_by_customer: 0,
        replying_staff_id: ticket.replying_staff_id === actingStaffId(ctx) ? null : ticket.replying_staff_id
      })
      .where('id', '=', ticket.id)
      .execute()
    recordEvent(ctx, 'ticket.replied', ticket.id, {
      reply_id: reply.id,
      from: input.from,
      status_id: [ticket.status_id, status_id]
    })
    return { reply, ticket: await getTicket(ctx, ticket.id) }
  })
}

/** The ticket itself, or the one that it was merged into, however often. */
async function goingOn(ctx: Context, ticketId: number): Promise<TicketRow> {
  let ticket = await getTicket(ctx, ticketId)
  while (ticket.merged_into_id !== null) ticket = await getTicket(ctx, ticket.merged_into_id)
  return ticket
}

function statusAfter(ticket: TicketRow, { from, status_id }: NewReply): number {
  if (from === 'staff') return status_id ?? ticketStatus.answered
  if (status_id !== undefined) throw unprocessable({ status_id: 'follows from a customer’s reply; leave it out' })
  return ticket.status_id === ticketStatus.inProgress ? ticketStatus.inProgress : ticketStatus.open
}

function authorOf(ctx: Context, ticket: TicketRow, { from, name, email }: NewReply) {
  const { actor } = ctx
  if (from === 'customer') {
    const isSame = name === undefined && email === undefined
    return {
      from_staff: 0 as const,
      staff_id: null,
      contact_id: isSame ? ticket.contact_id : null,
      name: name ?? ticket.name,
      email: email ?? ticket.email
    }
  }
  if (name !== undefined || email !== undefined)
    throw unprocessable({ [name ? 'name' : 'email']: 'is the staff member’s own; leave it out' })
  return {
    from_staff: 1 as const,
    staff_id: actingStaffId(ctx),
    contact_id: null,
    name: actor.name,
    email: actor.kind === 'staff' ? actor.email : ''
  }
}
