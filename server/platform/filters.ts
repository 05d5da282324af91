import { type TSchema, Type } from 'typebox'
import type { Choices } from '../db/choices.ts'
import { caseKey, phoneDigits } from './terms.ts'

// The filters of the lists of /api/v2: `name=a,b` is any of these, `name=none` those without.

export type Values = Choices[string]

/** A parameter that chooses rows: how it is written, and the values it stands for. */
export interface Filter {
  schema: TSchema
  /** The name of the filter in the query, where it is not the parameter's. */
  key?: string
  /** Undefined for what cannot be taken. */
  read: (text: string) => Values | undefined
}

const mostValues = 10

const listOf = (value: string, description: string, examples: string[]) =>
  Type.String({ pattern: `^${value}(,${value}){0,${mostValues - 1}}$`, description, examples })

/** Any of these ids. */
export const ids: Filter = {
  schema: listOf('[1-9]\\d{0,14}', `Any of at most ${mostValues} ids, commas between`, ['1,3']),
  read: text => [...new Set(text.split(','))].map(Number)
}

/** Any of these ids; `none` for rows that have none. */
export const idsOrNone: Filter = {
  schema: listOf('(none|[1-9]\\d{0,14})', `Any of at most ${mostValues} ids, commas between; none for those without`, ['1,none']),
  read: text => [...new Set(text.split(','))].map(value => (value === 'none' ? null : Number(value)))
}

/** Any of these words. */
export const words = (known: readonly string[]): Filter => ({
  schema: listOf(`(${known.join('|')})`, `Any of ${known.join(', ')}, commas between`, [known.slice(0, 2).join()]),
  read: text => [...new Set(text.split(','))]
})

/** A flag. */
export const flag: Filter = {
  schema: Type.Union([Type.Literal('true'), Type.Literal('false')]),
  read: text => [text === 'true' ? 1 : 0]
}

/** An e-mail address in any case. */
export const email: Filter = {
  schema: Type.String({ minLength: 1, maxLength: 191, examples: ['jane@example.com'] }),
  key: 'email_key',
  read: text => [caseKey(text.trim())]
}

/** A telephone number in any spelling. */
export const phone: Filter = {
  schema: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'In any spelling: digits are compared',
    examples: ['+1 555 0100']
  }),
  key: 'phone_digits',
  read: text => {
    const digits = phoneDigits(text)
    return digits === '' ? undefined : [digits]
  }
}
