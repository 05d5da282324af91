import { type Static, Type } from 'typebox'
import type { Search } from '../db/search.ts'
import { closed, idType, orNull, timeType } from '../platform/v2.ts'

export const ticketStatus = { open: 1, inProgress: 2, answered: 3, onHold: 4, closed: 5 } as const

export interface TicketFilter extends Search {
  status_id?: number | undefined
  /** null asks for tickets that have none. */
  priority_id?: number | null | undefined
  assigned_id?: number | null | undefined
  department_id?: number | null | undefined
  email_key?: string | undefined
  /** Opened at or after / before, in milliseconds. */
  from?: number | undefined
  before?: number | undefined
}

export interface NewTicket {
  subject: string
  message: string
  name?: string | null | undefined
  email?: string | null | undefined
  cc?: string | null | undefined
  department_id?: number | null | undefined
  priority_id?: number | null | undefined
  assigned_id?: number | null | undefined
}

/** A ticket in /api/v2. */
export const Ticket = closed({
  id: idType(),
  number: Type.Integer({ description: 'Counts within the organization: people say "#1"' }),
  key: Type.String({ description: 'Opens the public page' }),
  subject: Type.String(),
  message: Type.String(),
  name: Type.String(),
  email: Type.String(),
  status_id: idType(),
  status: Type.String(),
  priority_id: orNull(idType('1 Low, 2 Medium, 3 High')),
  department_id: orNull(idType()),
  assigned_id: orNull(idType('The staff member who works on it')),
  replying_staff_id: orNull(idType('Who is writing a reply just now')),
  opened_by_id: orNull(idType('The staff member who opened it')),
  customer_id: orNull(idType()),
  contact_id: orNull(idType()),
  merged_into_id: orNull(idType('The ticket that this one was merged into')),
  cc: orNull(Type.String()),
  read_by_staff: Type.Boolean(),
  read_by_customer: Type.Boolean(),
  last_reply_at: orNull(timeType()),
  created_at: timeType()
})

const { message, ...brief } = Ticket.properties
/** A ticket in a list: without its message. */
export const ListedTicket = closed(brief)

const ActingStaff = Type.Optional(idType('The acting staff member'))

/** `PATCH /api/v2/tickets/:id`: what is absent stays. */
export const TicketChange = closed(
  {
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 191, pattern: '\\S' })),
    status_id: Type.Optional(idType()),
    priority_id: Type.Optional(orNull(idType())),
    department_id: Type.Optional(orNull(idType())),
    assigned_id: Type.Optional(orNull(idType())),
    replying_staff_id: Type.Optional(orNull(idType('Takes the soft lock, null lets it go; 409 while another holds it'))),
    cc: Type.Optional(orNull(Type.String({ maxLength: 2000 }))),
    read_by_staff: Type.Optional(Type.Boolean()),
    read_by_customer: Type.Optional(Type.Boolean()),
    staff_id: ActingStaff
  },
  { minProperties: 1 }
)
export type TicketChange = Static<typeof TicketChange>

/** Characters of a reply. */
export const longestMessage = 1_048_576

/** `POST /api/v2/tickets/:id/replies`. */
export const NewReply = closed({
  message: Type.String({ minLength: 1, maxLength: longestMessage, pattern: '\\S' }),
  from: Type.Union([Type.Literal('staff'), Type.Literal('customer')], { description: 'Whose words they are' }),
  staff_id: Type.Optional(idType('The staff member who replies, or enters a customer’s words')),
  status_id: Type.Optional(idType('From staff: the status after it, Answered unless told')),
  name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 191, description: 'From a customer: the ticket’s person unless told' })
  ),
  email: Type.Optional(Type.String({ format: 'email', maxLength: 191 }))
})
export type NewReply = Static<typeof NewReply>

/** A reply, with the ticket as it is after it. */
export const Reply = closed({
  id: idType(),
  ticket_id: idType(),
  from: Type.Union([Type.Literal('staff'), Type.Literal('customer')]),
  staff_id: orNull(idType()),
  contact_id: orNull(idType()),
  name: Type.String(),
  email: Type.String(),
  message: Type.String(),
  created_at: timeType(),
  ticket: Ticket
})

/** `PUT /api/v2/tickets/:id/merger`. */
export const Merger = closed({ into_id: idType('The ticket that goes on'), staff_id: ActingStaff })
