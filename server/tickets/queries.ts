import type { ExpressionBuilder } from 'kysely'
import { keyset } from '../db/keyset.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import { found } from '../db/search.ts'
import type { Tables } from '../db/tables.ts'
import { filesOf } from '../files/queries.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import type { TicketFilter } from './schema.ts'

const brief = [
  'tickets.id',
  'tickets.number',
  'tickets.replying_staff_id',
  'tickets.customer_id',
  'tickets.contact_id',
  'tickets.merged_into_id',
  'tickets.email',
  'tickets.name',
  'tickets.department_id',
  'tickets.priority_id',
  'tickets.key',
  'tickets.subject',
  'tickets.opened_by_id',
  'tickets.created_at',
  'tickets.last_reply_at',
  'tickets.read_by_customer',
  'tickets.read_by_staff',
  'tickets.assigned_id',
  'tickets.cc',
  'tickets.status_id'
] as const
const stored = [...brief, 'tickets.service', 'tickets.message'] as const

/** The columns of a ticket as its queries select them, in their order. */
export const ticketColumns = [...stored, 'status', 'merged_number'] as const

/** Looks up the two names beside the row: SQLite runs a join of so few rows ten times slower than these subqueries. */
const tickets = (scope: Scope) => rows(scope, 'tickets')
const status = (eb: ExpressionBuilder<Tables, 'tickets'>) =>
  eb
    .selectFrom('ticket_statuses')
    .select('ticket_statuses.name')
    .whereRef('ticket_statuses.organization_id', '=', 'tickets.organization_id')
    .whereRef('ticket_statuses.id', '=', 'tickets.status_id')
    .$asScalar()
    .$notNull()
    .as('status')
const withNames = (query: ReturnType<typeof tickets>) =>
  query
    .select(stored)
    .select(eb => [
      status(eb),
      eb
        .selectFrom('tickets as merged')
        .select('merged.number')
        .whereRef('merged.organization_id', '=', 'tickets.organization_id')
        .whereRef('merged.id', '=', 'tickets.merged_into_id')
        .as('merged_number')
    ])

const ticketByNumber = prepared<{ number: number }>()((scope, arg) =>
  withNames(tickets(scope)).where('tickets.number', '=', arg('number'))
)
const ticketById = prepared<{ id: number }>()((scope, arg) => withNames(tickets(scope)).where('tickets.id', '=', arg('id')))

export type TicketRow = NonNullable<Awaited<ReturnType<typeof ticketById.first>>>

/** The ticket of this id; 404 when there is none. */
export async function getTicket(ctx: Context, id: number): Promise<TicketRow> {
  const ticket = await ticketById.first(ctx, { id })
  if (!ticket) throw notFound('ticket')
  return ticket
}

/** The ticket that people call by this number; 404 when there is none. */
export async function getTicketByNumber(ctx: Context, number: number): Promise<TicketRow> {
  const ticket = await ticketByNumber.first(ctx, { number })
  if (!ticket) throw notFound('ticket')
  return ticket
}

const repliesOf = prepared<{ ticket_id: number }>()((scope, arg) =>
  rows(scope, 'replies').selectAll().where('ticket_id', '=', arg('ticket_id')).orderBy('created_at').orderBy('id')
)

export type ReplyRow = Awaited<ReturnType<typeof repliesOf.all>>[number]

/** A ticket's replies, oldest first. */
export const listReplies = (ctx: Context, ticketId: number): Promise<ReplyRow[]> => repliesOf.all(ctx, { ticket_id: ticketId })

/** A ticket's files, its replies' too, newest first. */
export const listTicketFiles = (ctx: Context, ticketId: number) => filesOf(ctx, 'ticket_id', ticketId)

type Listed = TicketFilter & { take: number; offset: number }

function filtered(scope: Scope, given: TicketFilter) {
  return tickets(scope)
    .$if(given.match !== undefined, query =>
      query.innerJoin('ticket_search', 'ticket_search.rowid', 'tickets.id').where(found(scope, 'ticket_search', given))
    )
    .$if(given.status_id !== undefined, query => query.where('tickets.status_id', '=', given.status_id!))
    .$if(given.priority_id !== undefined, query =>
      query.where('tickets.priority_id', equals(given.priority_id), given.priority_id!)
    )
    .$if(given.assigned_id !== undefined, query =>
      query.where('tickets.assigned_id', equals(given.assigned_id), given.assigned_id!)
    )
    .$if(given.department_id !== undefined, query =>
      query.where('tickets.department_id', equals(given.department_id), given.department_id!)
    )
    .$if(given.email_key !== undefined, query => query.where('tickets.email_key', '=', given.email_key!))
    .$if(given.from !== undefined, query => query.where('tickets.created_at', '>=', given.from!))
    .$if(given.before !== undefined, query => query.where('tickets.created_at', '<', given.before!))
}

const equals = (value: unknown): 'is' | '=' => (value === null ? 'is' : '=')

/** A page of tickets as arrays of `ticketColumns`, newest first; what a search finds comes in the order of ids. */
export const ticketPage = preparedList<Listed>()((scope, given) => {
  const query = withNames(filtered(scope, given)).limit(given.take).offset(given.offset)
  if (given.match !== undefined) return query.orderBy('ticket_search.rowid' as 'tickets.id', 'desc')
  return query.orderBy('tickets.created_at', 'desc').orderBy('tickets.id', 'desc')
})

/** How many tickets match. */
export const ticketCount = preparedList<TicketFilter>()((scope, given) =>
  filtered(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

/** Tickets page after page, without their messages. */
export const ticketKeyset = keyset({
  table: 'tickets',
  at: 'created_at',
  search: 'ticket_search',
  filtered,
  shown: query => query.select(brief).select(status)
})

/** The organization's ticket statuses in their order. */
export const listStatuses = (ctx: Context) => rows(ctx, 'ticket_statuses').selectAll().orderBy('position').orderBy('id').execute()
