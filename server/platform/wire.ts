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
  /** Aborted when the caller has gone. */
  signal: AbortSignal
}

/** A value as JSON has it. */
type Json = string | number | null | Json[] | object

export interface Cell<Key extends string = string> {
  key: Key | undefined
  schema: TSchema
  /** The stored value as the wire has it. */
  write(value: unknown, wire: Wire): Json
}

export interface Shape<Row> {
  schema: TObject
  /** A row object as the wire has it. */
  write(row: Row, wire: Wire): object
  /** Prepares for rows read as arrays of these selected columns (`table.column` or `… as name`). */
  reading(columns: readonly string[]): (row: unknown[], wire: Wire) => object
}

type Writer = (row: unknown, wire: Wire) => object

/** `shape<TicketRow>()({ ticketid: id('number'), … })`: the keys of a v1 answer, in order. */
export const shape =
  <Row>() =>
  (cells: Record<string, Cell<keyof Row & string>>): Shape<Row> => {
    const properties: TProperties = Object.fromEntries(Object.entries(cells).map(([name, { schema }]) => [name, schema]))
    return {
      schema: Type.Object(properties, { additionalProperties: false }),
      write: compileLater(cells, key => `row.${key}`),
      reading: columns => compileLater(cells, key => `row[${placeOf(columns, key)}]`)
    }
  }

/** One function that makes the answer's object, compiled at its first use: a loop over the cells takes half as long again. */
function compileLater(cells: Record<string, Cell>, access: (key: string) => string): Writer {
  let writer: Writer | undefined
  return (row, wire) => {
    writer ??= compile(cells, access)
    return writer(row, wire)
  }
}

function compile(cells: Record<string, Cell>, access: (key: string) => string): Writer {
  const entries = Object.entries(cells)
  const properties = entries.map(([name, { key }], index) => {
    return `${JSON.stringify(name)}: write${index}(${key === undefined ? 'null' : access(key)}, wire)`
  })
  const names = entries.map((_, index) => `write${index}`)
  const make = new Function(...names, `return (row, wire) => ({ ${properties.join(', ')} })`)
  return make(...entries.map(([, { write }]) => write)) as Writer
}

function placeOf(columns: readonly string[], key: string): number {
  const place = columns.findIndex(column => column.slice(Math.max(column.lastIndexOf(' '), column.lastIndexOf('.')) + 1) === key)
  if (place < 0) throw new Error(`The query does not select ${key}`)
  return place
}

const cell = <K extends string>(key: K, schema: TSchema, write: Cell['write']): Cell<K> => ({ key, schema, write })
const orNull =
  (write: Cell['write']): Cell['write'] =>
  (value, wire) =>
    value === null || value === undefined ? null : write(value, wire)
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()])
const shown = (example: string, about?: string): TSchema =>
  Type.String({ examples: [example], ...(about && { description: about }) })
const flagged = (): TSchema => Type.Union([Type.Literal('0'), Type.Literal('1')])

const asText = (value: unknown): string => value as string
const asDigits = (value: unknown): string => `${value as number}`
const asTime = (value: unknown, { clock }: Wire): string => clock.format(value as number)
const asMoney = (value: unknown): string => formatMoney(value as number)

/** An id: a number as a string. */
export const id = <K extends string>(key: K): Cell<K> => cell(key, shown('1'), value => `${value as number}`)
/** A reference: none is "0". */
export const reference = <K extends string>(key: K): Cell<K> =>
  cell(key, shown('0', '"0" means none'), value => (value === null ? '0' : `${value as number}`))
/** A reference or whole number: none is null. */
export const optionalId = <K extends string>(key: K): Cell<K> => cell(key, nullable(shown('1')), orNull(asDigits))
export const flag = <K extends string>(key: K): Cell<K> => cell(key, flagged(), value => (value === 1 ? '1' : '0'))
/** "1" when there is a value, "0" when it is null. */
export const isSet = <K extends string>(key: K): Cell<K> => cell(key, flagged(), value => (value === null ? '0' : '1'))
export const text = <K extends string>(key: K, example = 'text'): Cell<K> => cell(key, shown(example), asText)
export const optionalText = <K extends string>(key: K, example = 'text'): Cell<K> =>
  cell(key, nullable(shown(example)), orNull(asText))
/** Text; none is "". */
export const textOrEmpty = <K extends string>(key: K, example = 'text'): Cell<K> =>
  cell(key, shown(example), value => asText(value ?? ''))
/** A number computed by the server: a JSON number. */
export const count = <K extends string>(key: K): Cell<K> => cell(key, Type.Number({ examples: [3] }), value => value as number)
/** `YYYY-MM-DD HH:MM:SS` in the organization's time zone. */
export const time = <K extends string>(key: K): Cell<K> => cell(key, shown('2024-08-09 16:42:35'), asTime)
export const optionalTime = <K extends string>(key: K): Cell<K> =>
  cell(key, nullable(shown('2024-08-09 16:42:35')), orNull(asTime))
/** ISO 8601 in UTC with microseconds. */
export const optionalMicroTime = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    nullable(shown('2024-08-09T16:42:35.000000Z')),
    orNull(value => microIso(value as number))
  )
/** Milliseconds as `HH:MM:SS`. */
export const optionalDuration = <K extends string>(key: K): Cell<K> =>
  cell(
    key,
    nullable(shown('00:05:30')),
    orNull(value => duration((value as number) / 1000))
  )
/** One of a closed list of words, written as the contract spells it. */
export const word = <K extends string>(key: K, spellings: Record<string, string>): Cell<K> =>
  cell(key, Type.Union(Object.values(spellings).map(spelling => Type.Literal(spelling))), value => spellings[value as string]!)
/** A calendar date, stored as it is written. */
export const optionalDate = <K extends string>(key: K): Cell<K> => cell(key, nullable(shown('2024-08-13')), orNull(asText))
/** Minor units as a decimal string. */
export const money = <K extends string>(key: K): Cell<K> => cell(key, shown('10.00'), asMoney)
export const optionalMoney = <K extends string>(key: K): Cell<K> => cell(key, nullable(shown('10.00')), orNull(asMoney))
export const quantity = <K extends string>(key: K): Cell<K> => cell(key, shown('1.00'), value => formatQuantity(value as number))
/** The signed link of the file with this id. */
export const link = <K extends string>(key: K): Cell<K> =>
  cell(key, Type.String({ format: 'uri', examples: ['https://crm.example.com/files/1/1?expires=…'] }), (value, wire) =>
    wire.link(value as number)
  )
/** The random name under which a file is stored, without its folder. */
export const storedName = <K extends string>(key: K): Cell<K> =>
  cell(key, shown('5f3c…'), value => asText(value).slice(asText(value).lastIndexOf('/') + 1))
/** The same in every row. */
export const always = (value: string | null): Cell<never> => ({
  key: undefined,
  schema: value === null ? Type.Null() : Type.Literal(value),
  write: () => value
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
  cell(key, Type.Array(shown('1')), value => (value === null ? [] : asText(value).split(',')))
/** JSON within a string: what `read` makes of the value, as a JSON text. */
export const jsonText = <K extends string>(key: K, example: string, read: (value: unknown) => unknown): Cell<K> =>
  cell(key, shown(example, 'A JSON text'), value => JSON.stringify(read(value)))
/** Texts as a JSON array. */
export const textList = <K extends string>(key: K): Cell<K> => cell(key, Type.Array(Type.String()), value => value as string[])

export const writeAll = <Row>(of: Shape<Row>, all: readonly Row[], wire: Wire): object[] => all.map(row => of.write(row, wire))
