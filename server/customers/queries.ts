import { keyset } from '../db/keyset.ts'
import { prepared } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
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

interface CustomerFilter {
  phone_digits?: string | undefined
}

const filtered = (scope: Scope, given: CustomerFilter) =>
  rows(scope, 'customers').$if(given.phone_digits !== undefined, query =>
    query.where('customers.phone_digits', '=', given.phone_digits!)
  )

const withContact = (query: ReturnType<typeof filtered>) =>
  query
    .leftJoin('contacts', join =>
      join.onRef('contacts.organization_id', '=', 'customers.organization_id').on('contacts.id', '=', eb =>
        eb
          .selectFrom('contacts as primary')
          .select(eb => eb.fn.min('primary.id').as('id'))
          .whereRef('primary.organization_id', '=', 'customers.organization_id')
          .whereRef('primary.customer_id', '=', 'customers.id')
          .where('primary.is_primary', '=', 1)
      )
    )
    .select(['customers.id', 'customers.name', 'customers.email', 'customers.phone', 'customers.created_at'])
    .select(['contacts.id as contact_id', 'contacts.first_name', 'contacts.last_name'])
    .select(['contacts.email as contact_email', 'contacts.phone as contact_phone', 'contacts.created_at as contact_created_at'])

/** Customers page after page, with the columns of their primary contacts, null where there is none. */
export const customerKeyset = keyset({ table: 'customers', at: 'created_at', filtered, shown: withContact })

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
