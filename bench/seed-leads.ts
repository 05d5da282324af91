import type Sqlite from 'better-sqlite3'
import { indexTerms, organizationTerm, phoneDigits } from '../server/platform/terms.ts'
import { apart, batch, eventInserter, newest } from './seed-tickets.ts'
import { randomFrom, writer } from './words.ts'

/** Inserts `count` leads of organization 1 with search terms and events. Call it after the tickets, which bring the staff. */
export function seedLeads(db: Sqlite.Database, count: number): void {
  const random = randomFrom(2)
  const write = writer(random)
  const add = leadInserter(db)
  const kinds = kindsOf(db)
  const any = (ids: number[]): number | null => ids[Math.floor(random() * (ids.length + 1))] ?? null
  const many = db.transaction((from: number, to: number) => {
    for (let number = from; number <= to; number++) {
      const created_at = newest - (count - number) * apart
      const fate = random()
      add({
        name: `${write(6)} ${number}`,
        title: write(20),
        company: `${write(12)} Ltd`,
        email: `lead${number}@example.com`,
        phone: `+1 555 ${String(number).padStart(7, '0')}`,
        status_id: any(kinds.statuses),
        type_id: any(kinds.types),
        source_id: any(kinds.sources),
        assigned_id: random() < 0.7 ? 1 + Math.floor(random() * 20) : null,
        is_public: random() < 0.2 ? 1 : 0,
        is_lost: fate < 0.1 ? 1 : 0,
        is_junk: fate > 0.97 ? 1 : 0,
        description: write(120),
        city: write(8),
        country: 'US',
        value: Math.floor(random() * 1_000_000),
        created_at,
        converted_at: fate > 0.5 && fate < 0.6 ? created_at + 86_400_000 : null
      })
    }
  })
  for (let from = 1; from <= count; from += batch) many(from, Math.min(count, from + batch - 1))
  db.prepare('update organizations set event_position = event_position + ? where id = 1').run(count)
}

function kindsOf(db: Sqlite.Database): { statuses: number[]; types: number[]; sources: number[] } {
  const ids = (table: string): number[] =>
    db.prepare(`select id from ${table} where organization_id = 1`).pluck().all() as number[]
  const name = (table: string) =>
    db.prepare(`insert or ignore into ${table} (organization_id, name, name_key) values (1, @name, lower(@name))`)
  for (const kind of ['Sales', 'Support', 'Other']) name('lead_types').run({ name: kind })
  for (const source of ['Website', 'Live chat', 'Phone', 'Referral']) name('sources').run({ name: source })
  const status = db.prepare(`insert or ignore into lead_statuses (organization_id, name, color, position)
    values (1, ?, '#84CC16', ?)`)
  for (const [position, kind] of ['New', 'Contacted', 'Qualified', 'Unqualified', 'Customer'].entries())
    status.run(kind, position + 1)
  return { statuses: ids('lead_statuses'), types: ids('lead_types'), sources: ids('sources') }
}

interface SeedLead {
  name: string
  title: string
  company: string
  email: string
  phone: string
  status_id: number | null
  type_id: number | null
  source_id: number | null
  assigned_id: number | null
  is_public: 0 | 1
  is_lost: 0 | 1
  is_junk: 0 | 1
  description: string
  city: string
  country: string
  value: number
  created_at: number
  converted_at: number | null
}

function leadInserter(db: Sqlite.Database): (lead: SeedLead) => void {
  const row =
    db.prepare(`insert into leads (organization_id, name, title, company, email, email_key, phone, phone_digits, status_id, type_id,
    source_id, assigned_id, is_public, is_lost, is_junk, description, city, country, value, created_at, updated_at, converted_at)
    values (1, @name, @title, @company, @email, @email, @phone, @phone_digits, @status_id, @type_id, @source_id, @assigned_id, @is_public,
    @is_lost, @is_junk, @description, @city, @country, @value, @created_at, @created_at, @converted_at)`)
  const search = db.prepare('insert into lead_search (rowid, terms) values (?, ?)')
  const addEvent = eventInserter(db, 'lead')
  const own = organizationTerm(1)
  return lead => {
    const id = row.run({ ...lead, phone_digits: phoneDigits(lead.phone) }).lastInsertRowid as number
    search.run(id, `${own} ${indexTerms([lead.name, lead.title, lead.company, lead.email, lead.description], [lead.phone])}`)
    addEvent('created', id, lead.created_at, '{}')
  }
}
