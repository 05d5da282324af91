import { setTimeout as wait } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import type { Insertable } from 'kysely'
import { isBusy, type SearchName } from '../db/dialect.ts'
import type { OwnedTable, Tables } from '../db/tables.ts'
import { organizationTerm } from '../platform/terms.ts'

type Values<T extends OwnedTable> = Omit<Insertable<Tables[T]>, 'organization_id'>

interface Noted {
  at: number
  type: string
  record_id: number
  actor_id: number | null
  data: string
}

const patienceMs = 30_000

/**
 * Runs `work` as one transaction that begins when no other is open, of this process or another. Without the savepoint that `transact`
 * gives each verb, for which SQLite would keep a copy of every page that many rows touch.
 */
export async function alone(raw: Sqlite.Database, work: () => void): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (raw.inTransaction || !begins(raw, deadline)) await wait(10)
  try {
    work()
    raw.exec('commit')
  } catch (error) {
    if (raw.inTransaction) raw.exec('rollback')
    throw error
  }
}

function begins(raw: Sqlite.Database, deadline: number): boolean {
  try {
    raw.exec('begin immediate')
    return true
  } catch (error) {
    if (isBusy(error) && Date.now() < deadline) return false
    throw error
  }
}

/**
 * Writes many rows of one organization with statements prepared once; ids come from the database. Use it inside a transaction of
 * the writer, synchronously, and `finish` before the transaction ends.
 */
export class Bulk {
  readonly #raw: Sqlite.Database
  readonly #organizationId: number
  readonly #inserts = new Map<string, { columns: string[]; statement: Sqlite.Statement }>()
  readonly #statements = new Map<string, Sqlite.Statement>()
  #events: Noted[] = []
  #terms: { table: SearchName; id: number; terms: string }[] = []
  #ticketNumber = 0

  constructor(raw: Sqlite.Database, organizationId: number) {
    this.#raw = raw
    this.#organizationId = organizationId
  }

  /** Gives the row's id. All rows of a table have the same columns. */
  insert<T extends OwnedTable>(table: T, row: Values<T>): number {
    const { columns, statement } = this.#inserts.get(table) ?? this.#prepare(table, row)
    const values: unknown[] = [this.#organizationId]
    for (const column of columns) values.push(row[column as keyof Values<T>])
    return Number(statement.run(values).lastInsertRowid)
  }

  /** Notes what a record is found by, for `finish`. */
  search(table: SearchName, id: number, terms: string): void {
    this.#terms.push({ table, id, terms })
  }

  /** Notes an event for `finish`; a staff member acts, or with null the installation. */
  note(at: number, type: string, record_id: number, data: object, actor_id: number | null = null): void {
    this.#events.push({ at, type, record_id, actor_id, data: JSON.stringify(data) })
  }

  /** Takes the numbers of the next `count` tickets. */
  takeTicketNumbers(count: number): void {
    this.#ticketNumber = this.#take('last_ticket_number', count)
  }

  /** The next of the numbers that were taken. */
  ticketNumber(): number {
    this.#ticketNumber += 1
    return this.#ticketNumber
  }

  /** Writes what was noted: events in the order of time at positions taken from the organization, then the full-text indexes. */
  finish(): void {
    const events = this.#events.sort((one, other) => one.at - other.at)
    let position = this.#take('event_position', events.length)
    for (const { at, type, record_id, actor_id, data } of events) {
      const record_type = type.slice(0, type.indexOf('.'))
      const actor_type = actor_id === null ? 'system' : 'staff'
      position += 1
      this.insert('events', { position, type, record_type, record_id, actor_type, actor_id, data, created_at: at })
    }
    const term = organizationTerm(this.#organizationId)
    for (const { table, id, terms } of this.#terms) {
      this.#statement(`insert into ${table} (rowid, terms) values (?, ?)`).run(id, `${term} ${terms}`)
    }
    this.#events = []
    this.#terms = []
  }

  /** What the column was before `count` was added. */
  #take(column: 'event_position' | 'last_ticket_number', count: number): number {
    const sql = `update organizations set ${column} = ${column} + ? where id = ? returning ${column}`
    const row = this.#statement(sql).get(count, this.#organizationId) as Record<typeof column, number>
    return row[column] - count
  }

  #prepare(table: string, row: object): { columns: string[]; statement: Sqlite.Statement } {
    const columns = Object.keys(row)
    const names = ['organization_id', ...columns]
    const sql = `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`
    const prepared = { columns, statement: this.#raw.prepare(sql) }
    this.#inserts.set(table, prepared)
    return prepared
  }

  #statement(sql: string): Sqlite.Statement {
    const statement = this.#statements.get(sql) ?? this.#raw.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
