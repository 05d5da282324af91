import type { Folding } from '../db/apart.ts'
import { type ZoneClock, zoneClock } from '../platform/clock.ts'
import { formatMoney } from '../platform/money.ts'

// Runs in a reader worker: rows of leads to lines of CSV (RFC 4180, UTF-8 without a byte order mark).

/** A part of the file: its lines, and the last lead in them, after which the next part begins; null when there was none. */
export interface CsvPart {
  bytes: Uint8Array
  rows: number
  last: { id: number; created_at: number } | null
}

type Write = (value: unknown, clock: ZoneClock) => string

const formula = /^[=+\-@\t\r]/
const special = /^[=+\-@\t]|[",\r\n]/

/** A text cell: one that a spreadsheet would take for a formula begins with an apostrophe instead. */
const text: Write = value => {
  if (value === null) return ''
  const cell = value as string
  if (!special.test(cell)) return cell
  const safe = formula.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
const number: Write = value => (value === null ? '' : String(value))
const money: Write = value => (value === null ? '' : formatMoney(value as number))
const time: Write = (value, clock) => (value === null ? '' : clock.format(value as number))

/** The columns of the file in order; the query selects them under their names. */
export const csvColumns = {
  id: number,
  name: text,
  title: text,
  company: text,
  email: text,
  phonenumber: text,
  address: text,
  city: text,
  state: text,
  zip: text,
  country: text,
  website: text,
  status: text,
  lead_type: text,
  source: text,
  assigned_to: text,
  lead_value: money,
  tags: text,
  is_public: number,
  lost: number,
  junk: number,
  date: time,
  lastcontact: time,
  dateassigned: time,
  last_status_change: time,
  date_converted: time,
  client_id: number,
  description: text
} as const satisfies Record<string, Write>

const writers = Object.values(csvColumns)
const datePlace = Object.keys(csvColumns).indexOf('date')

/** The first line. */
export const csvHeader = `${Object.keys(csvColumns).join(',')}\r\n`

/** The lines of some leads, each a row of `csvColumns`; times in the organization's time zone. */
export function writeCsv({ timeZone }: { timeZone: string }): Folding<unknown[], CsvPart> {
  const clock = zoneClock(timeZone)
  let lines = ''
  let count = 0
  let last: unknown[] | undefined
  return {
    add: row => {
      for (let place = 0; place < writers.length; place++) lines += (place ? ',' : '') + writers[place]!(row[place], clock)
      lines += '\r\n'
      count += 1
      last = row
    },
    result: () => ({
      bytes: new TextEncoder().encode(lines),
      rows: count,
      last: last ? { id: last[0] as number, created_at: last[datePlace] as number } : null
    })
  }
}
