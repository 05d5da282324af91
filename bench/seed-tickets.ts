import type Sqlite from 'better-sqlite3'
import { organizationTerm } from '../server/platform/terms.ts'
import { ticketTerms } from '../server/tickets/actions.ts'
import { randomFrom, writer } from './words.ts'

export const newest = Date.UTC(2026, 9, 1)
/** One row each two minutes, so that a million spans four years. */
export const apart = 120_000
export const batch = 20_000

/** Inserts tickets 1 to `count` of organization 1 (which has 20 staff members) with search terms and events; every second one has a reply, every tenth a file. */
export function seedTickets(db: Sqlite.Database, count: number): void {
  const department = db.prepare('insert into departments (organization_id, name) values (1, ?)')
  for (let i = 1; i <= 5; i++) department.run(`Department ${i}`)
  const random = randomFrom(1)
  const write = writer(random)
  const add = ticketInserter(db)
  const many = db.transaction((from: number, to: number) => {
    for (let number = from; number <= to; number++) {
      const person = Math.floor(random() * Math.min(count, 50_000))
      add({
        number,
        key: number.toString(16).padStart(32, '0'),
        subject: write(40),
        message: write(300),
        name: `Person ${person}`,
        email: `person${person}@example.com`,
        status_id: 1 + Math.floor(random() * 5),
        department_id: random() < 0.7 ? 1 + Math.floor(random() * 5) : null,
        priority_id: random() < 0.5 ? 1 + Math.floor(random() * 3) : null,
        assigned_id: random() < 0.6 ? 1 + Math.floor(random() * 20) : null,
        created_at: newest - (count - number) * apart,
        reply: number % 2 === 0 ? write(200) : undefined
      })
    }
  })
  for (let from = 1; from <= count; from += batch) many(from, Math.min(count, from + batch - 1))
  db.prepare('update organizations set last_ticket_number = ?, event_position = event_position + ? where id = 1').run(
    count,
    count
  )
}

interface SeedTicket {
  number: number
  key: string
  subject: string
  message: string
  name: string
  email: string
  status_id: number
  department_id: number | null
  priority_id: number | null
  assigned_id: number | null
  created_at: number
  reply: string | undefined
}

function ticketInserter(db: Sqlite.Database): (ticket: SeedTicket) => void {
  const ticketRow =
    db.prepare(`insert into tickets (organization_id, number, key, subject, message, name, email, email_key, status_id,
    department_id, priority_id, assigned_id, created_at)
    values (1, @number, @key, @subject, @message, @name, @email, @email, @status_id, @department_id, @priority_id, @assigned_id, @created_at)`)
  const search = db.prepare('insert into ticket_search (rowid, terms) values (?, ?)')
  const reply = db.prepare(`insert into replies (organization_id, ticket_id, staff_id, name, email, message, created_at)
    values (1, ?, 1, 'Admin', 'admin@example.com', ?, ?)`)
  const file = db.prepare(`insert into files (organization_id, key, name, type, size, ticket_id, created_at)
    values (1, ?, 'screen.png', 'image/png', 20000, ?, ?)`)
  const addEvent = eventInserter(db, 'ticket')
  const own = organizationTerm(1)
  return ({ reply: answer, ...ticket }) => {
    const id = ticketRow.run(ticket).lastInsertRowid as number
    search.run(id, `${own} ${ticketTerms(ticket)}`)
    if (answer !== undefined) reply.run(id, answer, ticket.created_at + 60_000)
    if (id % 10 === 0) file.run(`00/${ticket.key}${ticket.key}`, id, ticket.created_at)
    addEvent('opened', id, ticket.created_at, JSON.stringify({ number: ticket.number }))
  }
}

/** Writes the events of seeded records, going on after the organization's last one. */
export function eventInserter(db: Sqlite.Database, record: string) {
  let position = Number(db.prepare('select event_position from organizations where id = 1').pluck().get())
  const event =
    db.prepare(`insert into events (organization_id, position, type, record_type, record_id, actor_type, data, created_at)
    values (1, ?, ?, ?, ?, 'system', ?, ?)`)
  return (what: string, id: number, at: number, data: string): void => {
    position += 1
    event.run(position, `${record}.${what}`, record, id, data, at)
  }
}
