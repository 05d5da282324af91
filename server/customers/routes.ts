import type { Static } from 'typebox'
import type { RowOf } from '../db/keyset.ts'
import { isoTime } from '../platform/clock.ts'
import { listRoute } from '../platform/cursors.ts'
import { phone } from '../platform/filters.ts'
import { IdParams, type V2 } from '../platform/v2.ts'
import { actAs } from '../staff/queries.ts'
import { createCustomer } from './actions.ts'
import { customerKeyset } from './list.ts'
import { type CustomerRow, getCustomer } from './queries.ts'
import { Customer, CustomerForm } from './schema.ts'

/** The customer routes of /api/v2. */
export function customerRoutes(http: V2): void {
  listRoute(http, {
    path: '/customers',
    tag: 'Customers',
    permission: 'customers:read',
    item: Customer,
    rows: customerKeyset,
    filters: { phone },
    present: row => present({ ...row, contact: contactOf(row) })
  })
  http.get(
    '/customers/:id',
    {
      config: { permission: 'customers:read' },
      schema: { tags: ['Customers'], params: IdParams, response: { 200: Customer } }
    },
    async ({ ctx, params }) => present(await getCustomer(ctx, params.id))
  )
  http.post(
    '/customers',
    {
      config: { permission: 'customers:write' },
      schema: { tags: ['Customers'], body: CustomerForm, response: { 201: Customer } }
    },
    async ({ ctx, body }, reply) => {
      const { staff_id, ...input } = body
      const customer = await createCustomer(await actAs(ctx, staff_id), input)
      reply.code(201)
      return present(customer)
    }
  )
}

const present = ({ contact, created_at, ...customer }: CustomerRow): Static<typeof Customer> => ({
  ...customer,
  created_at: isoTime(created_at),
  contact: contact && { ...contact, created_at: isoTime(contact.created_at) }
})

/** The columns of a contact are null together. */
function contactOf(row: RowOf<typeof customerKeyset>): CustomerRow['contact'] {
  const {
    contact_id: id,
    first_name,
    last_name,
    contact_email: email,
    contact_phone: phone,
    contact_created_at: created_at
  } = row
  return id === null ? null : ({ id, first_name, last_name, email, phone, created_at } as CustomerRow['contact'])
}
