import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'

// The archive: a tar compressed with zstd. `docs/archive.md` describes it for people.

/** What this program writes, and the newest that it reads. */
export const format = 1

const count = Type.Integer({ minimum: 0 })
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** `manifest.json`, the first entry. */
export const Manifest = Type.Object({
  format: Type.Literal(format),
  program_version: Type.String(),
  schema_version: Type.Integer({ minimum: 1 }),
  database: Type.Union([Type.Literal('sqlite'), Type.Literal('postgres')]),
  created_at: Type.String(),
  tables: Type.Array(
    Type.Object({
      name: Type.String({ pattern: '^[a-z_]+$' }),
      columns: Type.Array(Type.String({ pattern: '^[a-z_0-9]+$' })),
      rows: count,
      /** The last id that the table has given; absent where the database gives none. */
      last_id: Type.Optional(count)
    })
  ),
  /** How many files the rows name; null when the archive is of rows alone. */
  files: Type.Union([count, Type.Null()])
})
export type Manifest = Static<typeof Manifest>

/** `checksums.json`, the last entry. */
export const Checksums = Type.Object({
  /** Of the text of `manifest.json`. */
  manifest: sha256,
  /** By the table's name, of its lines; of tables with rows. */
  tables: Type.Record(Type.String(), sha256),
  /** Of a line `<SHA-256>  <key>` for each file. */
  files: sha256,
  /** Files that were not in the file store. */
  missing: count
})
export type Checksums = Static<typeof Checksums>

/** Of the program that runs. */
export const { version: programVersion } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

export const entryNames = {
  manifest: 'manifest.json',
  checksums: 'checksums.json',
  /** The `nth` portion, from 1. */
  portion: (table: string, nth: number): string => `tables/${table}/${String(nth).padStart(6, '0')}.jsonl`,
  file: (key: string): string => `files/${key}`
}

/** A row as a line. */
export const lineOf = (row: readonly unknown[]): string => `${JSON.stringify(row)}\n`

export const digestOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

/** What a table is told by in checksums: the digest of its rows' lines, which come some at a time. */
export async function digestOfRows(portions: AsyncIterable<unknown[][]>, report: (rows: number) => void): Promise<string> {
  const hash = createHash('sha256')
  for await (const rows of portions) {
    hash.update(rows.map(lineOf).join(''))
    report(rows.length)
  }
  return hash.digest('hex')
}
