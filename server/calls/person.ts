import { customerByPhone } from '../customers/queries.ts'
import { rows } from '../db/rows.ts'
import { leadByPhone } from '../leads/queries.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'
import type { CallFields } from './schema.ts'

/** Whom a call is with: a lead, or a customer and perhaps one of its contacts, or nobody known. */
export interface Person {
  lead_id: number | null
  customer_id: number | null
  contact_id: number | null
}

export const nobody: Person = { lead_id: null, customer_id: null, contact_id: null }

/**
 * Whom the fields make it, of what it was; undefined when they say nothing. Naming a lead lets go of the customer and the other way
 * round, naming a contact names its customer. Refuses (422) a lead beside a customer, and a contact of another customer.
 * The ids must have been checked to be the organization's.
 */
export async function personNamed(ctx: Context, fields: CallFields, was: Person = nobody): Promise<Person | undefined> {
  const { lead_id, customer_id, contact_id } = fields
  if (lead_id && (customer_id || contact_id)) throw unprocessable({ lead_id: 'cannot stand beside a customer; name one of them' })
  if (lead_id) return { ...nobody, lead_id }
  if (contact_id) {
    const contact = await rows(ctx, 'contacts').select('customer_id').where('id', '=', contact_id).executeTakeFirstOrThrow()
    if (customer_id && customer_id !== contact.customer_id)
      throw unprocessable({ contact_id: 'is a contact of another customer' })
    return { lead_id: null, customer_id: contact.customer_id, contact_id }
  }
  if (customer_id) {
    const keeps = customer_id === was.customer_id && contact_id === undefined
    return { lead_id: null, customer_id, contact_id: keeps ? was.contact_id : null }
  }
  if (lead_id === undefined && customer_id === undefined && contact_id === undefined) return undefined
  return {
    lead_id: lead_id === null ? null : was.lead_id,
    customer_id: customer_id === null ? null : was.customer_id,
    contact_id: customer_id === null || contact_id === null ? null : was.contact_id
  }
}

/** Whom a number belongs to: the newest lead that has it, else a customer's contact, else a customer. `digits` may be empty. */
export async function personByPhone(ctx: Context, digits: string): Promise<Person | undefined> {
  const lead = await leadByPhone(ctx, digits)
  if (lead) return { ...nobody, lead_id: lead.id }
  const customer = await customerByPhone(ctx, digits)
  return customer && { ...nobody, ...customer }
}
