import { insert } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { FieldError, readEmail } from '../platform/fields.ts'
import { caseKey, phoneDigits } from '../platform/terms.ts'
import { transact } from '../platform/transact.ts'
import { type CustomerRow, getCustomer } from './queries.ts'
import type { NewCustomer } from './schema.ts'

/** Adds a customer, with its primary contact when one is given, and resolves with both. Refuses (422) what is no e-mail address. */
export function createCustomer(ctx: Context, { name, email, phone, contact }: NewCustomer): Promise<CustomerRow> {
  return transact(ctx, async ctx => {
    const created_at = Date.now()
    const reachable = { email: email?.trim() ? emailOf(email, 'email') : null, ...phoneOf(phone) }
    const { id } = await insert(ctx, 'customers', { name: name.trim(), ...reachable, created_at })
      .returning('id')
      .executeTakeFirstOrThrow()
    if (contact) {
      const address = emailOf(contact.email, 'contact.email')
      const names = { first_name: contact.first_name.trim(), last_name: contact.last_name.trim() }
      const person = { ...names, email: address, email_key: caseKey(address), ...phoneOf(contact.phone) }
      await insert(ctx, 'contacts', { ...person, customer_id: id, is_primary: 1, created_at }).execute()
    }
    recordEvent(ctx, 'customer.created', id, { name: name.trim() })
    return getCustomer(ctx, id)
  })
}

function emailOf(text: string, field: string): string {
  try {
    return readEmail(text.trim())
  } catch (error) {
    throw error instanceof FieldError ? unprocessable({ [field]: error.message }) : error
  }
}

function phoneOf(text: string | null | undefined): { phone: string | null; phone_digits: string | null } {
  const phone = text?.trim() || null
  return { phone, phone_digits: phone === null ? null : phoneDigits(phone) || null }
}
