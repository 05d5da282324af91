import { type TObject, type TProperties, type TSchema, Type } from 'typebox'
import { duration, microIso, type ZoneClock } from './clock.ts'
import { formatMoney, formatQuantity } from './money.ts'

// The answers of /api/v1: one declaration per row shape says its keys in order, where each value stands in the row that a query
// read, and how it is written. It describes itself in the API page, and nothing undeclared can leave.

/** What writing needs to know of the organization that asks. */
export interface Wire {
  clock: ZoneClock
  /** Makes the signed link of a stored file. */
  link: (fileId: number) => string
}

export interface Cell<Key extends string = string> {
  key: Key | undefined
  schema: TSchema
  /** The value as JSON text. */
  write(value: unknown, wire: Wire): string
  /** The same as a JavaScript expression of `value`, for cells of hot lists; it may use `quote` and `wire`. */
  code?: (value: string) => string
}

export interface Shape<Row> {
  schema: TObject
  /** A row object as JSON text. */
  write(row: Row, wire: Wire): string
  /** Prepares for rows read as arrays of these selected columns (`table.column` or `… as name`). */
  reading(columns: readonly string[]): (row: unknown[], wire: Wire) => string
}

type Writer = (row: unknown, wire: Wire) => string

/** `shape<TicketRow>()({ ticketid: id('number'), … })`: the keys of a v1 answer, in order. */
export const shape =
  <Row>() =>
  (cells: Record<string, Cell<keyof Row & string>>): Shape<Row> => {
    const properties: TProperties = Object.fromEntries(Object.entries(cells).map(([name, { schema }]) => [name, schema]))
    const byName = compileLater(cells, key => `row.${key}`)
    return {
      schema: Type.Object(properties, { additionalProperties: false }),
      write: byName,
      reading: columns => compileLater(cells, key => `row[${placeOf(columns, key)}]`)
    }
  }

/** One function that writes a row, compiled at its first use: a loop over the cells takes half as long again. */
function compileLater(cells: Record<string, Cell>, access: (key: string) => string): Writer {
  let writer: Writer | undefined
  return (row, wire) => {
    writer ??= compile(cells, access)
    return writer(row, wire)
  }
}

function compile(cells: Record<string, Cell>, access: (key: string) => string): Writer {
  const entries = Object.entries(cells)
  const parts = entries.map(([name, { key, code }], index) => {
    const value = key === undefined ? 'null' : access(key)
    return `'${index ? ',' : '{'}"${name}":'+${code?.(value) ?? `writers[${index}](${value}, wire)`}`
  })
  // Neighbouring literals become one.
  const body = `${parts.join('+')}+'}'`.replaceAll("'+'", '')
  const writers = entries.map(([, { write }]) => write)
  return new Function('quote', 'writers', `return (row, wire) => ${body}`)(quote, writers) as Writer
}

function placeOf(columns: readonly string[], key: string): number {
  const place = columns.findIndex(column => column.slice(Math.max(column.lastIndexOf(' '), column.lastIndexOf('.')) + 1) === key)
  if (place < 0) throw new Error(`The query does not select ${key}`)
  return place
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const special = /["\\\u0000-\u001f\ud800-\udfff]/

/** Text as a JSON string. */
export const quote = (value: string): string => (special.test(value) ? JSON.stringify(value) : `"${value}"`)

const cell = <K extends string>(key: K, schema: TSchema, write: Cell['write'], code?: Cell['code']): Cell<K> => ({
  key,
  schema,
  write,
  ...(code && { code })
})
const orNull =
  (write: Cell['write']): Cell['write'] =>
  (value, wire) =>
    value === null || value === undefined ? 'null' : write(value, wire)
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()])
const shown = (example: string, about?: string): TSchema =>
  Type.String({ examples: [example], ...(about && { description: about }) })

const quoted = (value: unknown): string => `"${value}"`
const quotedCode = (value: string): string => `'"'+${value}+'"'`
const orNullCode =
  (code: (value: string) => string) =>
  (value: string): string =>
    `(${value} === null ? 'null' : ${code(value)})`
const timeCode = (value: string): string => `'"'+wire.clock.format(${value})+'"'`
const textCode = (value: string): string => `quote(${value})`
const writeText = (value: unknown): string => quote(value as string)
const writeTime = (value: unknown, { clock }: Wire): string => `"${clock.format(value as number)}"`

/** An id: a number as a string. */
export const id = <K extends string>(key: K): Cell<K> => cell(key, shown('1'), quoted, quotedCode)
/** A reference: none is "0". */
export const reference = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    shown('0', '"0" means none'),
    value => `"${value ?? 0}"`,
    value => quotedCode(`(${value} ?? 0)`)
  )
/** A reference or whole number: none is null. */
export const optionalId = <K extends string>(key: K): Cell<K> => cell(key, nullable(shown('1')), orNull(quoted), orNullCode(quotedCode))
export const flag = <K extends string>(key: K): Cell<K> => cell(key, Type.Union([Type.Literal('0'), Type.Literal('1')]), quoted, quotedCode)
/** "1" when there is a value, "0" when it is null. */
export const isSet = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    Type.Union([Type.Literal('0'), Type.Literal('1')]),
    value => (value === null ? '"0"' : '"1"'),
    value => `(${value} === null ? '"0"' : '"1"')`
  )
export const text = <K extends string>(key: K, example = 'text'): Cell<K> => cell(key, shown(example), writeText, textCode)
export const optionalText = <K extends string>(key: K, example = 'text'): Cell<K> =>
  cell(key, nullable(shown(example)), orNull(writeText), orNullCode(textCode))
/** Text; none is "". */
export const textOrEmpty = <K extends string>(key: K, example = 'text'): Cell<K> =>
  cell(key, shown(example), value => (value === null ? '""' : writeText(value)))
/** A number computed by the server: a JSON number. */
export const count = <K extends string>(key: K): Cell<K> => cell(key, Type.Number({ examples: [3] }), String)
/** `YYYY-MM-DD HH:MM:SS` in the organization's time zone. */
export const time = <K extends string>(key: K): Cell<K> => cell(key, shown('2024-08-09 16:42:35'), writeTime, timeCode)
export const optionalTime = <K extends string>(key: K): Cell<K> =>
  cell(key, nullable(shown('2024-08-09 16:42:35')), orNull(writeTime), orNullCode(timeCode))
/** ISO 8601 in UTC with microseconds. */
export const optionalMicroTime = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    nullable(shown('2024-08-09T16:42:35.000000Z')),
    orNull(value => `"${microIso(value as number)}"`)
  )
/** Milliseconds as `HH:MM:SS`. */
export const optionalDuration = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    nullable(shown('00:05:30')),
    orNull(value => `"${duration((value as number) / 1000)}"`)
  )
/** One of a closed list of words, written as the contract spells it. */
export const word = <K extends string>(key: K, spellings: Record<string, string>): Cell<K> =>
  cell(key, Type.Union(Object.values(spellings).map(spelling => Type.Literal(spelling))), value => quote(spellings[value as string]!))
/** A calendar date, stored as it is written. */
export const optionalDate = <K extends string>(key: K): Cell<K> => cell(key, nullable(shown('2024-08-13')), orNull(quoted))
/** Minor units as a decimal string. */
export const money = <K extends string>(key: K): Cell<K> =>
  cell(key, shown('10.00'), value => `"${formatMoney(value as number)}"`)
export const optionalMoney = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    nullable(shown('10.00')),
    orNull(value => `"${formatMoney(value as number)}"`)
  )
export const quantity = <K extends string>(key: K): Cell<K> =>
  cell(key, shown('1.00'), value => `"${formatQuantity(value as number)}"`)
/** The signed link of the file with this id. */
export const link = <K extends string>(key: K): Cell<K> =>
  cell(key, Type.String({ format: 'uri', examples: ['https://crm.example.com/files/1/1?expires=…'] }), (value, wire) =>
    quote(wire.link(value as number))
  )
/** The random name under which a file is stored, without its folder. */
export const storedName = <K extends string>(key: K): Cell<K> =>
  cell(key, shown('5f3c…'), value => quote((value as string).slice((value as string).lastIndexOf('/') + 1)))
/** The same in every row. */
export const always = (value: string | null): Cell<never> => ({
  key: undefined,
  schema: value === null ? Type.Null() : Type.Literal(value),
  write: () => (value === null ? 'null' : quote(value)),
  code: () => (value === null ? "'null'" : `'${quote(value)}'`)
})
/** Rows of another shape. */
export const list = <K extends string, Row>(key: K, of: Shape<Row>): Cell<K> =>
  cell(key, Type.Array(of.schema), (value, wire) => writeAll(of, value as Row[], wire))
/** One row of another shape, or null. */
export const nested = <K extends string, Row>(key: K, of: Shape<Row>): Cell<K> =>
  cell(
    key,
    nullable(of.schema),
    orNull((value, wire) => of.write(value as Row, wire))
  )
/** Ids that the query joined with commas, as strings; null is none. */
export const idList = <K extends string>(key: K): Cell<K> =>
  cell(key, Type.Array(shown('1')), value => (value === null ? '[]' : `["${(value as string).replaceAll(',', '","')}"]`))
/** JSON within a string: what `read` makes of the value, as a JSON text that is itself a JSON string. */
export const jsonText = <K extends string>(key: K, example: string, read: (value: unknown) => unknown): Cell<K> =>
  cell(key, shown(example, 'A JSON text'), value => quote(JSON.stringify(read(value))))
/** Texts as a JSON array. */
export const textList = <K extends string>(key: K): Cell<K> =>
  cell(key, Type.Array(Type.String()), value => `[${(value as string[]).map(quote).join(',')}]`)

export const writeAll = <Row>(of: Shape<Row>, all: readonly Row[], wire: Wire): string =>
  `[${all.map(row => of.write(row, wire)).join(',')}]`
