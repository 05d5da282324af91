import type Sqlite from 'better-sqlite3'
import type { Insertable } from 'kysely'
import type { SearchName } from '../db/dialect.ts'
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

/**
 * Writes many rows of one organization with statements prepared once; ids come from the database. Use it inside a transaction of
 * the writer, synchronously, and end each with `writeEvents`.
 */
export class Bulk {
  readonly #raw: Sqlite.Database
  readonly #organizationId: number
  readonly #term: string
  readonly #inserts = new Map<string, { columns: string[]; statement: Sqlite.Statement }>()
  #events: Noted[] = []
  #ticketNumber = 0

  constructor(raw: Sqlite.Database, organizationId: number) {
    this.#raw = raw
    this.#organizationId = organizationId
    this.#term = organizationTerm(organizationId)
  }

  /** Gives the row's id. All rows of a table have the same columns. */
  insert<T extends OwnedTable>(table: T, row: Values<T>): number {
    const { columns, statement } = this.#inserts.get(table) ?? this.#prepare(table, row)
    const values: unknown[] = [this.#organizationId]
    for (const column of columns) values.push(row[column as keyof Values<T>])
    return Number(statement.run(values).lastInsertRowid)
  }

  search(table: SearchName, id: number, terms: string): void {
    const { statement } = this.#inserts.get(table) ?? this.#keep(table, [], `insert into ${table} (rowid, terms) values (?, ?)`)
    statement.run(id, `${this.#term} ${terms}`)
  }

  /** Notes an event for `writeEvents`; a staff member acts, or with null the installation. */
  note(at: number, type: string, record_id: number, data: object, actor_id: number | null = null): void {
    this.#events.push({ at, type, record_id, actor_id, data: JSON.stringify(data) })
  }

  /** Writes what was noted in the order of time, at positions taken from the organization. */
  writeEvents(): void {
    const events = this.#events.sort((one, other) => one.at - other.at)
    this.#events = []
    let position = this.#take('event_position', events.length)
    for (const { at, type, record_id, actor_id, data } of events) {
      this.insert('events', {
        position: ++position,
        type,
        record_type: type.slice(0, type.indexOf('.')),
        record_id,
        actor_type: actor_id === null ? 'system' : 'staff',
        actor_id,
        data,
        created_at: at
      })
    }
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

  #take(column: 'event_position' | 'last_ticket_number', count: number): number {
    const sql = `update organizations set ${column} = ${column} + ? where id = ? returning ${column}`
    return (this.#raw.prepare(sql).pluck().get(count, this.#organizationId) as number) - count
  }

  #prepare(table: string, row: object): { columns: string[]; statement: Sqlite.Statement } {
    const columns = Object.keys(row)
    const names = ['organization_id', ...columns]
    return this.#keep(table, columns, `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`)
  }

  #keep(table: string, columns: string[], sql: string): { columns: string[]; statement: Sqlite.Statement } {
    const insert = { columns, statement: this.#raw.prepare(sql) }
    this.#inserts.set(table, insert)
    return insert
  }
}
