import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from } from 'pg-copy-streams'
import type { WriteHandle } from '../handle.ts'

/** Inserts many rows over a connection, by PostgreSQL's own text format. */
export const copyRows =
  (client: ClientBase): WriteHandle['insertMany'] =>
  async (table, columns, rows) => {
    const termsAt = table.endsWith('_search') ? columns.indexOf('terms') : -1
    const lines = function* () {
      let text = ''
      for (const row of rows) {
        text += `${row.map((value, place) => written(place === termsAt ? lexemes(value as string) : value)).join('\t')}\n`
        if (text.length < 65_536) continue
        yield text
        text = ''
      }
      yield text
    }
    await pipeline(Readable.from(lines()), client.query(from(`copy ${table} (${columns.join(', ')}) from stdin`)))
  }

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function written(value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  return typeof value === 'string' ? value.replace(/[\\\t\n\r]/g, sign => escapes[sign] as string) : String(value)
}

/** Terms are letters and digits, so quotes are all that a `tsvector` needs. */
const lexemes = (terms: string): string =>
  terms
    .split(' ')
    .map(term => `'${term}'`)
    .join(' ')
