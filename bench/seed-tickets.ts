import { insert } from '../server/db/rows.ts'
import type { Context } from '../server/platform/context.ts'
import type { Bulk } from '../server/seed/bulk.ts'
import { ticketTerms } from '../server/tickets/actions.ts'
import { drawing, ticketShares } from './shares.ts'
import { randomFrom, writer } from './words.ts'

export const newest = Date.UTC(2026, 9, 1)
/** One row each two minutes, so that a million spans four years. */
export const apart = 120_000

/** Five departments for the tickets to name. */
export const addDepartments = (ctx: Context): Promise<unknown> =>
  insert(
    ctx,
    'departments',
    [1, 2, 3, 4, 5].map(number => ({ name: `Department ${number}` }))
  ).execute()

/** Makes tickets, one a call, oldest first, with search terms and event; every second one has a reply, every tenth a file. */
export function ticketMaker(count: number): (bulk: Bulk) => void {
  const random = randomFrom(1)
  const write = writer(random)
  const beginRow = drawing(random)
  const people = Math.min(count, 50_000)
  let made = 0
  return bulk => {
    made += 1
    const draw = beginRow()
    const address = draw(ticketShares.email)
    const person = Math.floor(random() * people)
    const number = bulk.ticketNumber()
    const ticket = {
      number,
      key: number.toString(16).padStart(32, '0'),
      subject: write(40),
      message: write(300),
      name: `Person ${person}`,
      email: address === 'person' ? `person${person}@example.com` : address
    }
    const created_at = newest - (count - made) * apart
    const id = bulk.insert('tickets', {
      ...ticket,
      email_key: ticket.email,
      status_id: draw<number>(ticketShares.status),
      department_id: draw<number | null>(ticketShares.department),
      priority_id: draw<number | null>(ticketShares.priority),
      assigned_id: draw<number | null>(ticketShares.assigned),
      created_at
    })
    bulk.search('ticket_search', id, ticketTerms(ticket))
    bulk.note(created_at, 'ticket.opened', id, { number })
    if (made % 2 === 0) {
      const reply = { name: 'Admin', email: 'admin@example.com', message: write(200), created_at: created_at + 60_000 }
      bulk.insert('replies', { ticket_id: id, from_staff: 1, staff_id: 1, ...reply })
    }
    if (made % 10 === 0) {
      const file = { key: `00/${ticket.key}${ticket.key}`, name: 'screen.png', type: 'image/png', size: 20_000 }
      bulk.insert('files', { ...file, ticket_id: id, created_at })
    }
  }
}
