import { type TSchema, Type } from 'typebox'
import { parseDate, zoneClock } from './clock.ts'
import { formatQuantity, parseMoney, parseQuantity } from './money.ts'
import type { Upload } from './storage.ts'
import { caseKey } from './terms.ts'

/** Why one field cannot be taken, as the rest of a sentence that begins with its name. */
export class FieldError extends Error {}

/** One field of a /api/v1 form: how it looks on the wire and how its text becomes a value. */
export interface Field<T, Required extends boolean> {
  schema: TSchema
  required: Required
  /** Takes `name[]`, `name[0]` and a repeated name. */
  many?: boolean
  files?: { maxCount: number }
  /** Takes the text as it was sent: blanks around it belong to it. */
  exact?: true
  /** `raw` is trimmed unless `exact`, and not empty. Throws FieldError. */
  read(raw: string | Upload): T
  readMany?(raw: (string | Upload)[]): T
}

export type FieldValue<F> = F extends Field<infer T, infer R> ? (R extends true ? T : T | null | undefined) : never

interface About {
  /** What it means, for the API page. */
  about?: string
  example?: string
}

function field<T>(schema: TSchema, about: About, read: (text: string) => T): Field<T, false> {
  return { schema: describe(schema, about), required: false, read: raw => read(plain(raw)) }
}

/** The same field, but the form is refused without it. */
export const required = <T>(field: Field<T, boolean>): Field<T, true> => ({ ...field, required: true })

function describe(schema: TSchema, { about, example }: About): TSchema {
  return { ...schema, ...(about && { description: about }), ...(example !== undefined && { examples: [example] }) } as TSchema
}

/** Text that every database can hold: no NUL, no lone surrogates. */
function plain(raw: string | Upload): string {
  if (typeof raw !== 'string') throw new FieldError('must be text, not a file')
  if (raw.includes('\0')) throw new FieldError('must not contain the NUL character')
  if (!raw.isWellFormed()) throw new FieldError('is not well-formed Unicode')
  return raw
}

/** Counts code points only when the length leaves it open. */
export function isLongerThan(value: string, most: number): boolean {
  if (value.length <= most) return false
  if (value.length > most * 2) return true
  let count = 0
  for (const _ of value) if (++count > most) return true
  return false
}

/** Text of at most `max` code points, or with `bytes` at most that many bytes of UTF-8. */
export const text = (options: About & { max?: number; bytes?: number }): Field<string, false> =>
  field(Type.String({ minLength: 1, ...(options.max && { maxLength: options.max }) }), options, value => {
    const { max, bytes } = options
    if (max && isLongerThan(value, max)) throw new FieldError(`must be at most ${max} characters`)
    if (bytes && value.length * 3 > bytes && Buffer.byteLength(value) > bytes)
      throw new FieldError(`must be at most ${bytes} bytes`)
    return value
  })

export const email = (options: About = {}): Field<string, false> =>
  field(Type.String({ format: 'email', maxLength: 191 }), { example: 'jane@example.com', ...options }, readEmail)

/** An e-mail address as people have them; throws FieldError. */
export function readEmail(value: string): string {
  // Ligatures grow when folded for the unique key.
  if (isLongerThan(value, 191) || isLongerThan(caseKey(value), 191)) throw new FieldError('must be at most 191 characters')
  if (!/^[^\s@<>()",;:\\[\]\p{Cc}]+@[^\s@<>()",;:\\[\]\p{Cc}.]+(\.[^\s@<>()",;:\\[\]\p{Cc}.]+)*$/u.test(value)) {
    throw new FieldError('must be an e-mail address such as jane@example.com')
  }
  return value
}

const idPattern = /^[1-9][0-9]{0,15}$/

/** The id of a row, never none. */
export const id = (options: About = {}): Field<number, false> =>
  field(Type.String({ pattern: idPattern.source }), { example: '1', ...options }, value => readId(value))

function readId(value: string): number {
  if (!idPattern.test(value)) throw new FieldError('must be an id such as 1')
  return safe(value)
}

// Ids beyond what a number holds exactly cannot exist; -1 is as unknown as they are.
const safe = (value: string): number => (Number.isSafeInteger(Number(value)) ? Number(value) : -1)

/** A reference to a row; `0` means none and reads as null. */
export const reference = (options: About = {}): Field<number | null, false> =>
  field(Type.String({ pattern: '^(0|[1-9][0-9]{0,15})$' }), { example: '1', ...options }, value =>
    value === '0' ? null : readId(value)
  )

/** References to several rows, each once. */
export const references = (options: About = {}): Field<number[], false> => ({
  ...field(Type.String({ pattern: idPattern.source }), { example: '1', ...options }, value => [readId(value)]),
  many: true,
  readMany: raw => {
    const ids = new Set(
      raw
        .map(value => plain(value).trim())
        .filter(value => value !== '0')
        .map(readId)
    )
    if (ids.size > 100) throw new FieldError('must name at most 100')
    return [...ids]
  }
})

/** Several short texts. */
export const texts = (options: About & { max: number; count: number }): Field<string[], false> => ({
  ...field(Type.String({ maxLength: options.max }), options, value => [value]),
  many: true,
  readMany: raw => {
    const values = raw.map(plain)
    if (values.length > options.count) throw new FieldError(`must be at most ${options.count} values`)
    if (values.some(value => isLongerThan(value, options.max)))
      throw new FieldError(`must each be at most ${options.max} characters`)
    return values
  }
})

export const flag = (options: About = {}): Field<boolean, false> =>
  field(Type.Union([Type.Literal('0'), Type.Literal('1')]), { example: '1', ...options }, value => {
    if (value !== '0' && value !== '1') throw new FieldError('must be 1 or 0')
    return value === '1'
  })

export const choice = <const W extends string>(words: readonly W[], options: About = {}): Field<W, false> =>
  field(Type.Union(words.map(word => Type.Literal(word))), options, value => {
    const word = words.find(known => known === value)
    if (word === undefined) throw new FieldError(`must be one of ${words.join(', ')}`)
    return word
  })

/** A calendar date; reads as YYYY-MM-DD. */
export const date = (options: About = {}): Field<string, false> =>
  field(Type.String(), { example: '2024-08-13', ...options }, value => {
    const day = parseDate(value)
    if (day === undefined) throw new FieldError('must be a date such as 2024-08-13, 13-08-2024 or Aug 13, 2024')
    return day
  })

/** A time in the organization's time zone, or a date for its beginning; read the text with the organization's clock. */
export const time = (options: About = {}): Field<string, false> =>
  field(Type.String(), { example: '2024-08-09 16:42:35', ...options }, value => {
    if (zoneClock('UTC').parse(value) === undefined) throw new FieldError('must be a time such as 2024-08-09 16:42:35')
    return value
  })

/** A decimal amount; reads as minor units. */
export const money = (options: About = {}): Field<number, false> =>
  field(Type.String({ pattern: '^[0-9]{1,13}(\\.[0-9]{1,2})?$' }), { example: '10.00', ...options }, value => {
    const minor = parseMoney(value)
    if (minor === undefined)
      throw new FieldError('must be an amount from 0 to 9999999999999.99 with at most two decimals, such as 10.00')
    return minor
  })

/** A quantity with at most two decimals; reads as hundredths. */
export const quantity = (options: About = {}): Field<number, false> =>
  field(Type.String(), { example: formatQuantity(100), ...options }, value => {
    const hundredths = parseQuantity(value)
    if (hundredths === undefined) throw new FieldError('must be a quantity above 0 with at most two decimals, such as 1.00')
    return hundredths
  })

/** A whole number within bounds, for `page` and `limit`. */
export const whole = (least: number, most: number, options: About = {}): Field<number, false> =>
  field(Type.Integer({ minimum: least, maximum: most }), options, value => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= least && number <= most)) throw new FieldError(`must be a whole number from ${least} to ${most}`)
    return number
  })

/** One uploaded file. */
export const file = (options: About = {}): Field<Upload, false> => ({
  schema: describe({ type: 'string', format: 'binary' } as unknown as TSchema, options),
  required: false,
  files: { maxCount: 1 },
  read: readFile
})

/** Up to `maxCount` uploaded files. */
export const files = (maxCount: number, options: About = {}): Field<Upload[], false> => ({
  schema: describe({ type: 'string', format: 'binary' } as unknown as TSchema, options),
  required: false,
  many: true,
  files: { maxCount },
  read: raw => [readFile(raw)],
  readMany: raw => raw.map(readFile)
})

function readFile(raw: string | Upload): Upload {
  if (typeof raw === 'string') throw new FieldError('must be a file, sent as multipart/form-data')
  return raw
}
