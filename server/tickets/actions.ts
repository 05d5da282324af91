import { randomBytes } from 'node:crypto'
import { prepared } from '../db/prepared.ts'
import { insert, rows } from '../db/rows.ts'
import { writeSearch } from '../db/search.ts'
import type { TicketsTable } from '../db/tables.ts'
import { addFiles, withStored } from '../files/actions.ts'
import type { Context } from '../platform/context.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import type { Upload } from '../platform/storage.ts'
import { caseKey, indexTerms } from '../platform/terms.ts'
import { transact } from '../platform/transact.ts'
import { actingStaffId } from '../staff/queries.ts'
import { getTicket, type TicketRow } from './queries.ts'
import { type NewTicket, ticketStatus } from './schema.ts'

const takeNumber = prepared<object>()(scope =>
  scope.db.kysely
    .updateTable('organizations')
    .set(eb => ({ last_ticket_number: eb('last_ticket_number', '+', 1) }))
    .where('id', '=', scope.organization.id)
    .returning('last_ticket_number as number')
)

type Inserted = Omit<
  TicketsTable,
  | 'id'
  | 'organization_id'
  | 'service'
  | 'replying_staff_id'
  | 'merged_into_id'
  | 'read_by_customer'
  | 'read_by_staff'
  | 'last_reply_at'
  | 'closed_at'
>

const insertTicket = prepared<Inserted>()((scope, arg) =>
  insert(scope, 'tickets', {
    number: arg('number'),
    key: arg('key'),
    subject: arg('subject'),
    message: arg('message'),
    name: arg('name'),
    email: arg('email'),
    email_key: arg('email_key'),
    customer_id: arg('customer_id'),
    contact_id: arg('contact_id'),
    department_id: arg('department_id'),
    priority_id: arg('priority_id'),
    status_id: arg('status_id'),
    opened_by_id: arg('opened_by_id'),
    assigned_id: arg('assigned_id'),
    cc: arg('cc'),
    created_at: arg('created_at')
  }).returning('id')
)

/** Opens a ticket and resolves with it. Refuses (422) references to rows of no department, priority or staff member. */
export function openTicket(ctx: Context, input: NewTicket, attachments: Upload[] = []): Promise<TicketRow> {
  return withStored(ctx, attachments, () =>
    transact(ctx, async ctx => {
      await checkReferences(ctx, {
        department_id: ['departments', input.department_id],
        priority_id: ['priorities', input.priority_id],
        assigned_id: ['staff', input.assigned_id]
      })
      const person = await personOf(ctx, input)
      const { number } = (await takeNumber.first(ctx, {}))!
      const inserted = await insertTicket.first(ctx, {
        ...person,
        number,
        key: randomBytes(16).toString('hex'),
        subject: input.subject,
        message: input.message,
        email_key: caseKey(person.email),
        department_id: input.department_id ?? null,
        priority_id: input.priority_id ?? null,
        status_id: ticketStatus.open,
        opened_by_id: actingStaffId(ctx),
        assigned_id: input.assigned_id ?? null,
        cc: input.cc ?? null,
        created_at: Date.now()
      })
      const { id } = inserted!
      await writeSearch(ctx, 'ticket_search', id, ticketTerms({ ...input, ...person, number }))
      await addFiles(ctx, attachments, { ticket_id: id })
      recordEvent(ctx, 'ticket.opened', id, { number })
      return getTicket(ctx, id)
    })
  )
}

/** What a ticket is found by. */
export const ticketTerms = (ticket: { number: number; subject: string; message: string; name: string; email: string }): string =>
  indexTerms([String(ticket.number), ticket.subject, ticket.name, ticket.email, ticket.message])

const nextTickets = prepared<{ after: number; limit: number }>()((scope, arg) =>
  rows(scope, 'tickets')
    .select(['id', 'number', 'subject', 'message', 'name', 'email'])
    .where('id', '>', arg('after'))
    .orderBy('id')
    .limit(arg('limit'))
)

/** What the next tickets after an id are found by, for writing the full-text index anew. */
export const ticketsToIndex = async (ctx: Context, after: number, limit: number): Promise<{ id: number; terms: string }[]> =>
  (await nextTickets.all(ctx, { after, limit })).map(ticket => ({ id: ticket.id, terms: ticketTerms(ticket) }))

/** The person a ticket is from: as sent, else the app's contact, else the acting staff member, else the app. */
async function personOf(ctx: Context, { name, email }: NewTicket) {
  const contact = ctx.contactId
    ? await rows(ctx, 'contacts')
        .select(['customer_id', 'first_name', 'last_name', 'email'])
        .where('id', '=', ctx.contactId)
        .executeTakeFirst()
    : undefined
  const fallback = contact
    ? { name: `${contact.first_name} ${contact.last_name}`.trim(), email: contact.email }
    : { name: ctx.actor.name, email: ctx.actor.kind === 'staff' ? ctx.actor.email : '' }
  return {
    name: name ?? fallback.name,
    email: email ?? (name && !contact ? '' : fallback.email),
    contact_id: ctx.contactId,
    customer_id: contact?.customer_id ?? null
  }
}

/** Marks the rows that seeding gives a new organization. */
export async function addTicketDefaults(ctx: Context): Promise<void> {
  const statuses = [
    ['Open', '#ff2d42'],
    ['In progress', '#22c55e'],
    ['Answered', '#2563eb'],
    ['On Hold', '#64748b'],
    ['Closed', '#03a9f4']
  ] as const
  await insert(
    ctx,
    'ticket_statuses',
    statuses.map(([name, color], index) => ({ id: index + 1, name, color, position: index + 1, is_default: 1 as const }))
  ).execute()
  await insert(
    ctx,
    'priorities',
    ['Low', 'Medium', 'High'].map((name, index) => ({ id: index + 1, name }))
  ).execute()
}
