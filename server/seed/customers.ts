import { fold, phoneDigits } from '../platform/terms.ts'
import type { Stage } from './cast.ts'
import { type Person, someone } from './people.ts'
import type { Random } from './random.ts'

/** The customer that a person's firm becomes, with the person as its primary contact and perhaps a colleague. Gives its id. */
export function addCustomer({ bulk, customers }: Stage, random: Random, person: Person, at: number): number {
  const { first, last, email, company, phone, index } = person
  const reachable = { phone, phone_digits: phoneDigits(phone) }
  const id = bulk.insert('customers', { name: company, email, ...reachable, created_at: at })
  const contact = { customer_id: id, first_name: first, last_name: last, email, email_key: fold(email), ...reachable }
  const contactId = bulk.insert('contacts', { ...contact, is_primary: 1, created_at: at })
  if (random.chance(0.3)) {
    const other = someone(index * 2)
    const names = { first_name: other.first, last_name: other.last, email: other.email, email_key: fold(other.email) }
    bulk.insert('contacts', { customer_id: id, ...names, phone: null, phone_digits: null, is_primary: 0, created_at: at })
  }
  bulk.note(at, 'customer.created', id, { name: company })
  customers.add({ id, contactId, person, since: at })
  return id
}
