import { type TSchema, Type } from 'typebox'
import type { Choices } from '../db/choices.ts'
import type { Keyset } from '../db/keyset.ts'
import { parseIsoTime } from './clock.ts'
import type { Context } from './context.ts'
import { invalidParameters } from './errors.ts'
import type { Filter, Values } from './filters.ts'
import type { Permission } from './permissions.ts'
import { closed, orNull, timeType } from './v2.ts'
import { aTime } from './validation.ts'

// One grammar for the parameters of every list of /api/v2: filters, `created_at[gte]=` and `created_at[lt]=`, `search=`, `sort=`.

/** A list of /api/v2. */
export interface CursorList<Row> {
  path: string
  tag: string
  permission: Permission
  /** How a row is answered. */
  item: TSchema
  rows: Keyset<Row>
  filters: Record<string, Filter>
  present: (row: Row, ctx: Context) => object
}

/** The parameters as they come: checked against the schema, not yet read. */
export interface Asked {
  limit?: number
  cursor?: string
  sort?: string
  total?: '0' | '1'
  search?: string
  [parameter: string]: string | number | undefined
}

/** What a list is asked, whichever page of it; equal questions are equal as JSON. */
export interface Question {
  sort: string
  search: string | undefined
  choices: Choices
  from: number | undefined
  before: number | undefined
}

const mostChoices = 20

const wordsOf = (known: readonly string[]): TSchema => Type.Union(known.map(word => Type.Literal(word)))

/** The orders of a list, the usual one first; a search goes by id. */
const sortsOf = ({ rows }: { rows: Pick<Keyset<unknown>, 'at'> }): string[] => [`-${rows.at}`, rows.at]
const searchSorts = ['-id', 'id']

/** The shapes of a list's parameters and of its answer. */
export function schemaOf<Row>({ rows, filters, item }: CursorList<Row>) {
  const parameters = {
    limit: Type.Integer({ minimum: 1, maximum: 200, description: 'Rows of a page, 50 unless told' }),
    cursor: Type.String({ minLength: 1, maxLength: 200, description: 'The next_cursor of the page before' }),
    sort: wordsOf([...sortsOf({ rows }), ...(rows.index ? searchSorts : [])]),
    total: wordsOf(['0', '1']),
    ...Object.fromEntries(Object.entries(filters).map(([name, { schema }]) => [name, schema])),
    [`${rows.at}[gte]`]: timeType(),
    [`${rows.at}[lt]`]: timeType(),
    ...(rows.index && { search: Type.String({ minLength: 1, maxLength: 200, description: 'Words, of which all must be found' }) })
  }
  return {
    querystring: closed(Object.fromEntries(Object.entries(parameters).map(([name, schema]) => [name, Type.Optional(schema)]))),
    response: {
      200: closed({
        data: Type.Array(item),
        next_cursor: orNull(Type.String({ description: 'Asks for the page after this one; null on the last' })),
        total: Type.Optional(Type.Integer({ description: 'How many rows match, 10,000 at most' })),
        total_capped: Type.Optional(Type.Boolean({ description: 'There are more than that' }))
      })
    }
  }
}

/** Reads the parameters. Throws 400 naming each that cannot be taken. */
export function questionOf<Row>({ rows, filters }: CursorList<Row>, asked: Asked): Question {
  const choices: Record<string, Values> = {}
  for (const [name, { key = name, read }] of Object.entries(filters)) {
    const text = asked[name] as string | undefined
    if (text === undefined) continue
    const values = read(text)
    if (!values) throw invalidParameters({ [name]: 'must have digits, such as +1 555 0100' })
    choices[key] = values.toSorted()
  }
  refuseTooMany(choices)
  const time = (parameter: string): number | undefined => {
    const text = asked[parameter] as string | undefined
    const ms = text === undefined ? undefined : parseIsoTime(text)
    if (text !== undefined && ms === undefined) throw invalidParameters({ [parameter]: `must be ${aTime}` })
    return ms
  }
  const { search } = asked
  return { sort: sortOf(rows, asked), search, choices, from: time(`${rows.at}[gte]`), before: time(`${rows.at}[lt]`) }
}

function sortOf<Row>(rows: Keyset<Row>, { sort, search }: Asked): string {
  const known = search === undefined ? sortsOf({ rows }) : searchSorts
  if (sort === undefined) return known[0] as string
  if (known.includes(sort)) return sort
  throw invalidParameters({ sort: `must be ${known.join(' or ')} ${search === undefined ? 'without' : 'with'} a search` })
}

/** Each choice is a walk of its own through an index. */
function refuseTooMany(choices: Choices): void {
  const several = Object.entries(choices).filter(([, values]) => values.length > 1)
  if (several.reduce((product, [, values]) => product * values.length, 1) <= mostChoices) return
  const message = `must not have more than ${mostChoices} values times those of the others`
  throw invalidParameters(Object.fromEntries(several.map(([name]) => [name, message])))
}
