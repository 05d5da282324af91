import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'

const customerById = prepared<{ id: number }>()((scope, arg) =>
  rows(scope, 'customers').select(['id', 'name', 'email', 'phone', 'created_at']).where('id', '=', arg('id'))
)

const primaryContact = prepared<{ customer_id: number }>()((scope, arg) =>
  rows(scope, 'contacts')
    .select(['id', 'first_name', 'last_name', 'email', 'phone', 'created_at'])
    .where('customer_id', '=', arg('customer_id'))
    .where('is_primary', '=', 1)
    .orderBy('id')
    .limit(1)
)

const contactByPhone = prepared<{ digits: string }>()((scope, arg) =>
  rows(scope, 'contacts')
    .select(['customer_id', 'id as contact_id'])
    .where('phone_digits', '=', arg('digits'))
    .orderBy('id')
    .limit(1)
)

const firmByPhone = prepared<{ digits: string }>()((scope, arg) =>
  rows(scope, 'customers').select('id').where('phone_digits', '=', arg('digits')).orderBy('id').limit(1)
)

type ContactRow = NonNullable<Awaited<ReturnType<typeof primaryContact.first>>>
export type CustomerRow = NonNullable<Awaited<ReturnType<typeof customerById.first>>> & { contact: ContactRow | null }

/** The customer of this id with its primary contact, null when it has none; 404 when there is no such customer. */
export async function getCustomer(ctx: Context, id: number): Promise<CustomerRow> {
  const customer = await customerById.first(ctx, { id })
  if (!customer) throw notFound('customer')
  return { ...customer, contact: (await primaryContact.first(ctx, { customer_id: id })) ?? null }
}

/**
 * Whom a phone number belongs to; `digits` as `phoneDigits` gives them. A contact's own number comes before a firm's, the oldest
 * record before a newer one with the same number.
 */
export async function customerByPhone(
  ctx: Context,
  digits: string
): Promise<{ customer_id: number; contact_id: number | null } | undefined> {
  if (digits === '') return undefined
  const contact = await contactByPhone.first(ctx, { digits })
  if (contact) return contact
  const firm = await firmByPhone.first(ctx, { digits })
  return firm && { customer_id: firm.id, contact_id: null }
}
