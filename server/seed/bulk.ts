import type { Insertable } from 'kysely'
import { lockIds, moveIds } from '../db/dialect.ts'
import type { WriteHandle } from '../db/handle.ts'
import type { SearchName } from '../db/search.ts'
import { type OwnedTable, type Tables, tablesInOrder } from '../db/tables.ts'
import { organizationTerm } from '../platform/terms.ts'

type Values<T extends OwnedTable> = Omit<Insertable<Tables[T]>, 'organization_id'>

interface Noted {
  at: number
  type: string
  record_id: number
  actor_id: number | null
  data: string
}

interface Batch {
  columns: string[]
  rows: unknown[][]
}

/** The tables whose rows have ids of the installation. */
const numbered = [
  ...(['staff', 'customers', 'contacts', 'leads', 'notes', 'files'] as const),
  ...(['deals', 'comments', 'services', 'tickets', 'replies', 'calls'] as const)
]

/**
 * Collects many rows of one organization and writes them at once. Between `begin` and `finish`, both inside one transaction of
 * `exclusively`, rows get their ids at once.
 */
export class Bulk {
  readonly #organizationId: number
  #ids = new Map<string, number>()
  #batches = new Map<keyof Tables, Batch>()
  #events: Noted[] = []
  #ticketNumber = 0

  constructor(organizationId: number) {
    this.#organizationId = organizationId
  }

  /** Takes the ids and the numbers of the next `tickets` tickets: nobody else gets an id until the transaction ends. */
  async begin(db: WriteHandle, tickets: number): Promise<void> {
    this.#ids = await lockIds(db, numbered)
    this.#ticketNumber = await this.#take(db, 'last_ticket_number', tickets)
  }

  /** Gives the row's id. All rows of a table have the same columns. */
  insert<T extends OwnedTable>(table: T, row: Values<T>): number {
    const { columns, rows } = this.#batches.get(table) ?? this.#batchOf(table, row)
    const values: unknown[] = [this.#organizationId]
    const last = this.#ids.get(table)
    if (last !== undefined) values.push(last + 1)
    for (const column of columns) values.push(row[column as keyof Values<T>])
    rows.push(values)
    if (last === undefined) return 0
    this.#ids.set(table, last + 1)
    return last + 1
  }

  /** Notes what a record is found by. */
  search(table: SearchName, id: number, terms: string): void {
    const batch = this.#batches.get(table) ?? { columns: ['rowid', 'terms'], rows: [] }
    this.#batches.set(table, batch)
    batch.rows.push([this.#organizationId, id, `${organizationTerm(this.#organizationId)} ${terms}`.trimEnd()])
  }

  /** Notes an event; a staff member acts, or with null the installation. */
  note(at: number, type: string, record_id: number, data: object, actor_id: number | null = null): void {
    this.#events.push({ at, type, record_id, actor_id, data: JSON.stringify(data) })
  }

  /** The next of the numbers that were taken. */
  ticketNumber(): number {
    this.#ticketNumber += 1
    return this.#ticketNumber
  }

  /** Writes what was collected: events in the order of time at positions taken from the organization, then the full-text indexes. */
  async finish(db: WriteHandle): Promise<void> {
    const events = this.#events.sort((one, other) => one.at - other.at)
    let position = await this.#take(db, 'event_position', events.length)
    for (const { at, type, record_id, actor_id, data } of events) {
      const record_type = type.slice(0, type.indexOf('.'))
      const actor_type = actor_id === null ? 'system' : 'staff'
      position += 1
      this.insert('events', { position, type, record_type, record_id, actor_type, actor_id, data, created_at: at })
    }
    for (const table of tablesInOrder) {
      const batch = this.#batches.get(table)
      if (!batch) continue
      const id = this.#ids.has(table) ? ['id'] : []
      await db.insertMany(table, ['organization_id', ...id, ...batch.columns], batch.rows)
    }
    await moveIds(db, this.#ids)
    this.#batches = new Map()
    this.#events = []
  }

  /** What the column was before `count` was added. */
  async #take({ kysely }: WriteHandle, column: 'event_position' | 'last_ticket_number', count: number): Promise<number> {
    const row = await kysely
      .updateTable('organizations')
      .set(eb => ({ [column]: eb(column, '+', count) }))
      .where('id', '=', this.#organizationId)
      .returning(column)
      .executeTakeFirstOrThrow()
    return row[column] - count
  }

  #batchOf(table: OwnedTable, row: object): Batch {
    const batch = { columns: Object.keys(row), rows: [] }
    this.#batches.set(table, batch)
    return batch
  }
}
