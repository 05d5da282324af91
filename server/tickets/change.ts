import type { Updateable } from 'kysely'
import { update } from '../db/rows.ts'
import { writeSearch } from '../db/search.ts'
import type { TicketsTable } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { conflict } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import { transact } from '../platform/transact.ts'
import { ticketTerms } from './actions.ts'
import { getTicket, type TicketRow } from './queries.ts'
import { type TicketChange, ticketStatus } from './schema.ts'

/**
 * Changes what is given; the rest stays. Resolves with the ticket. Refuses (422) references to no row of the organization, and (409) taking the soft lock of
 * replying while another staff member holds it.
 */
export function changeTicket(ctx: Context, id: number, change: Omit<TicketChange, 'staff_id'>): Promise<TicketRow> {
  return transact(ctx, async ctx => {
    const before = await getTicket(ctx, id)
    await checkReferences(ctx, {
      status_id: ['ticket_statuses', change.status_id],
      priority_id: ['priorities', change.priority_id],
      department_id: ['departments', change.department_id],
      assigned_id: ['staff', change.assigned_id],
      replying_staff_id: ['staff', change.replying_staff_id]
    })
    const holder = before.replying_staff_id
    if (change.replying_staff_id && holder !== null && holder !== change.replying_staff_id)
      throw conflict('Another staff member is writing a reply')
    const { closed_at, ...columns } = columnsOf(change)
    const values = change.status_id === before.status_id ? columns : { ...columns, ...(closed_at !== undefined && { closed_at }) }
    const changed = Object.fromEntries(
      Object.entries(values)
        .filter(([name, value]) => name in before && before[name as keyof TicketRow] !== value)
        .map(([name, value]) => [name, [before[name as keyof TicketRow], value]])
    )
    if (Object.keys(changed).length === 0) return before
    await update(ctx, 'tickets').set(values).where('id', '=', id).execute()
    if (change.subject !== undefined)
      await writeSearch(ctx, 'ticket_search', id, ticketTerms({ ...before, subject: change.subject }))
    recordEvent(ctx, 'ticket.updated', id, changed)
    return getTicket(ctx, id)
  })
}

function columnsOf({
  read_by_staff,
  read_by_customer,
  subject,
  ...rest
}: Omit<TicketChange, 'staff_id'>): Updateable<TicketsTable> {
  const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)
  return {
    ...rest,
    ...(subject !== undefined && { subject: subject.trim() }),
    ...(read_by_staff !== undefined && { read_by_staff: flag(read_by_staff) }),
    ...(read_by_customer !== undefined && { read_by_customer: flag(read_by_customer) }),
    ...(rest.status_id !== undefined && { closed_at: rest.status_id === ticketStatus.closed ? Date.now() : null })
  }
}
