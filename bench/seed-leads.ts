import { indexTerms, phoneDigits } from '../server/platform/terms.ts'
import type { Bulk } from '../server/seed/bulk.ts'
import { apart, newest } from './seed-tickets.ts'
import { drawing, leadShares } from './shares.ts'
import { randomFrom, writer } from './words.ts'

/** Makes leads, one a call, oldest first, with search terms and event. */
export function leadMaker(count: number): (bulk: Bulk) => void {
  const random = randomFrom(2)
  const write = writer(random)
  const beginRow = drawing(random)
  let made = 0
  return bulk => {
    made += 1
    const draw = beginRow()
    const created_at = newest - (count - made) * apart
    const fate = random()
    const said = {
      name: `${write(6)} ${made}`,
      title: write(20),
      company: `${write(12)} Ltd`,
      email: `lead${made}@example.com`,
      description: write(120)
    }
    const phone = `+1 555 ${String(made).padStart(7, '0')}`
    const id = bulk.insert('leads', {
      ...said,
      email_key: said.email,
      phone,
      phone_digits: phoneDigits(phone),
      status_id: draw<number | null>(leadShares.status),
      type_id: draw<number | null>(leadShares.type),
      source_id: draw<number | null>(leadShares.source),
      assigned_id: draw<number | null>(leadShares.assigned),
      is_public: random() < 0.1 ? 1 : 0,
      is_lost: fate < 0.1 ? 1 : 0,
      is_junk: fate > 0.97 ? 1 : 0,
      city: write(8),
      country: 'US',
      value: Math.floor(random() * 1_000_000),
      created_at,
      updated_at: created_at,
      converted_at: fate > 0.5 && fate < 0.6 ? created_at + 86_400_000 : null
    })
    bulk.search('lead_search', id, indexTerms([said.name, said.title, said.company, said.email, said.description], [phone]))
    bulk.note(created_at, 'lead.created', id, {})
  }
}
