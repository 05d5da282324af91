import { keyset } from '../db/keyset.ts'
import { rows, type Scope } from '../db/rows.ts'

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
