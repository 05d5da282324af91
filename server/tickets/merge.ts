import { insert, rows, update } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { conflict, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import { transact } from '../platform/transact.ts'
import { getTicket, type TicketRow } from './queries.ts'
import { ticketStatus } from './schema.ts'

/**
 * Merges a ticket into another: its message and replies become replies there with their author and date, its files move, and it
 * is closed and points to the other. Resolves with the ticket that was merged. Refuses (409) a ticket that was merged already, (422) one into itself or into a merged one.
 */
export function mergeTicket(ctx: Context, id: number, intoId: number): Promise<TicketRow> {
  return transact(ctx, async ctx => {
    const source = await getTicket(ctx, id)
    await checkReferences(ctx, { into_id: ['tickets', intoId] })
    const target = await getTicket(ctx, intoId)
    if (source.merged_into_id !== null) throw conflict('This ticket was already merged into another')
    if (source.id === target.id) throw unprocessable({ into_id: 'must name another ticket' })
    if (target.merged_into_id !== null)
      throw unprocessable({ into_id: 'names a ticket that was itself merged; name the one that goes on' })
    await moveWords(ctx, source, intoId)
    await update(ctx, 'tickets')
      .set({ merged_into_id: intoId, status_id: ticketStatus.closed, closed_at: Date.now() })
      .where('id', '=', id)
      .execute()
    recordEvent(ctx, 'ticket.merged', id, { into_id: intoId })
    return getTicket(ctx, id)
  })
}

/** Makes the message of a ticket and its replies replies of another, with their files, and dates that one's last reply anew. */
async function moveWords(ctx: Context, source: TicketRow, intoId: number): Promise<void> {
  const { name, email, contact_id, message, created_at, opened_by_id } = source
  const first = await insert(ctx, 'replies', {
    ticket_id: intoId,
    from_staff: opened_by_id ? 1 : 0,
    staff_id: opened_by_id,
    contact_id,
    name,
    email,
    message,
    created_at
  })
    .returning('id')
    .executeTakeFirstOrThrow()
  await update(ctx, 'files')
    .set({ ticket_id: intoId, reply_id: first.id })
    .where('ticket_id', '=', source.id)
    .where('reply_id', 'is', null)
    .execute()
  await update(ctx, 'files').set({ ticket_id: intoId }).where('ticket_id', '=', source.id).execute()
  await update(ctx, 'replies').set({ ticket_id: intoId }).where('ticket_id', '=', source.id).execute()
  const lastReply = await rows(ctx, 'replies')
    .select(eb => eb.fn.max('created_at').as('at'))
    .where('ticket_id', '=', intoId)
    .executeTakeFirst()
  await update(ctx, 'tickets')
    .set({ last_reply_at: lastReply?.at ?? null })
    .where('id', '=', intoId)
    .execute()
}
