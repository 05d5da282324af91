import { Type } from 'typebox'

export const ticketStatus = { open: 1, inProgress: 2, answered: 3, onHold: 4, closed: 5 } as const

export interface TicketFilter {
  status_id?: number | undefined
  /** null asks for tickets that have none. */
  priority_id?: number | null | undefined
  assigned_id?: number | null | undefined
  department_id?: number | null | undefined
  email_key?: string | undefined
  /** A full-text match as `ftsMatch` makes it. */
  match?: string | undefined
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

const optionalId = (about: string) =>
  Type.Union([Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()], { description: about })

/** A ticket in /api/v2. */
export const Ticket = Type.Object(
  {
    id: Type.Integer(),
    number: Type.Integer({ description: 'Counts within the organization: people say "#1"' }),
    key: Type.String({ description: 'Opens the public page' }),
    subject: Type.String(),
    message: Type.String(),
    name: Type.String(),
    email: Type.String(),
    status_id: Type.Integer(),
    status: Type.String(),
    priority_id: optionalId('1 Low, 2 Medium, 3 High'),
    department_id: optionalId('A department'),
    assigned_id: optionalId('The staff member who works on it'),
    replying_staff_id: optionalId('Who is writing a reply just now'),
    opened_by_id: optionalId('The staff member who opened it'),
    customer_id: optionalId('A customer'),
    contact_id: optionalId('A contact of the customer'),
    merged_into_id: optionalId('The ticket that this one was merged into'),
    cc: Type.Union([Type.String(), Type.Null()]),
    read_by_staff: Type.Boolean(),
    read_by_customer: Type.Boolean(),
    last_reply_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    created_at: Type.String({ format: 'date-time' })
  },
  { additionalProperties: false }
)

export const TicketParams = Type.Object(
  { id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) },
  { additionalProperties: false }
)

/** `PATCH /api/v2/tickets/:id`: what is absent stays. */
export const TicketChange = Type.Object(
  {
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 191 })),
    status_id: Type.Optional(Type.Integer({ minimum: 1 })),
    priority_id: Type.Optional(optionalId('null for none')),
    department_id: Type.Optional(optionalId('null for none')),
    assigned_id: Type.Optional(optionalId('null for nobody')),
    replying_staff_id: Type.Optional(optionalId('Takes the soft lock, null lets it go; refused (409) while another holds it')),
    cc: Type.Optional(Type.Union([Type.String({ maxLength: 2000 }), Type.Null()])),
    read_by_staff: Type.Optional(Type.Boolean()),
    read_by_customer: Type.Optional(Type.Boolean()),
    staff_id: Type.Optional(Type.Integer({ minimum: 1, description: 'The acting staff member' }))
  },
  { additionalProperties: false, minProperties: 1 }
)

/** `POST /api/v2/tickets/:id/replies`. */
export const NewReply = Type.Object(
  {
    message: Type.String({ minLength: 1, maxLength: 1_048_576 }),
    from: Type.Union([Type.Literal('staff'), Type.Literal('customer')], { description: 'Whose words they are' }),
    staff_id: Type.Optional(Type.Integer({ minimum: 1, description: 'The staff member who replies' })),
    status_id: Type.Optional(Type.Integer({ minimum: 1, description: 'From staff: the status after it, Answered unless told' })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 191 })),
    email: Type.Optional(Type.String({ format: 'email', maxLength: 191 }))
  },
  { additionalProperties: false }
)

export const Reply = Type.Object(
  {
    id: Type.Integer(),
    ticket_id: Type.Integer(),
    from: Type.Union([Type.Literal('staff'), Type.Literal('customer')]),
    staff_id: optionalId('Who replied'),
    contact_id: optionalId('Which contact replied'),
    name: Type.String(),
    email: Type.String(),
    message: Type.String(),
    created_at: Type.String({ format: 'date-time' }),
    ticket: Ticket
  },
  { additionalProperties: false }
)
