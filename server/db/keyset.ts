import { type Compilable, type SelectQueryBuilder, sql } from 'kysely'
import { choicesOf, type KeysetArgs } from './choices.ts'
import { liesBetween } from './dialect.ts'
import { type Prepared, preparedList } from './prepared.ts'
import type { Scope } from './rows.ts'
import type { SearchIndex } from './search.ts'
import type { Tables } from './tables.ts'

// Pages by keyset: a page is what lies between two places of a list's order, so that the millionth row costs what the first does.

/** Where a row stands: its time, 0 in a search, and its id. */
export interface Place {
  at: number
  id: number
}

/** The place of a row beside its columns. */
export interface Placed {
  place_at: number
  place_id: number
}

/** A list that is read by keyset. */
export interface Keyset<Row> {
  at: SearchIndex['column']
  index: SearchIndex | undefined
  /** Takes `between`, or a search with ids; `take`; `ascending` where the oldest come first. */
  page: Prepared<KeysetArgs, Row & Placed>
  /** Rows up to `mostCounted`, and one more when there are more. */
  count: Prepared<KeysetArgs, { total: number }>
}

/** What a list's rows are: `RowOf<typeof ticketKeyset>`. */
export type RowOf<K> = K extends Keyset<infer Row> ? Row : never

interface Listed<T extends keyof Tables, Filter, Row> {
  table: T
  /** The time by which the list goes. */
  at: SearchIndex['column']
  search?: SearchIndex['name']
  /** A filter that null may be given to is the name of its column. */
  filtered: (scope: Scope, given: Filter) => SelectQueryBuilder<Tables, T, object>
  shown: (query: SelectQueryBuilder<Tables, T, object>) => SelectQueryBuilder<Tables, T, Row>
}

/** Counts stop here. */
export const mostCounted = 10_000

type Query = SelectQueryBuilder<Tables, 'tickets', object>

/** A list whose pages go by time, those of a search by id; each filter may have several values. */
export function keyset<T extends keyof Tables, Filter extends object, Row>(list: Listed<T, Filter, Row>): Keyset<Row> {
  const { table, at, search } = list
  const index = search && ({ name: search, table, column: at } as SearchIndex)
  const time = sql.ref<number>(`${table}.${at}`)
  const id = sql.ref<number>(`${table}.id`)
  const filtered = (scope: Scope, given: KeysetArgs): Query => {
    const query = list.filtered(scope, given as unknown as Filter) as unknown as Query
    return given.match === undefined ? query.where(liesBetween(scope, [time, id], given as unknown as Between)) : query
  }
  const page = (scope: Scope, given: KeysetArgs): Query => {
    const rows = list.shown(filtered(scope, given) as never) as unknown as Query
    if (given.match === undefined) return rows.select([time.as('place_at'), id.as('place_id')])
    return rows.select([sql.lit(0).as('place_at'), sql.ref(`${search}.rowid`).as('place_id')])
  }
  return {
    at,
    index,
    page: preparedList<KeysetArgs>()((scope, given) => {
      const direction = given.ascending ? 'asc' : 'desc'
      const inOrder = (rows: Query): Query => {
        const ordered = given.match === undefined ? rows.orderBy('place_at' as 'id', direction) : rows
        return ordered.orderBy('place_id' as 'id', direction).limit(given.take as number)
      }
      const pages = choicesOf(given).map(one => {
        const none = Object.keys(one).filter(name => one[name] === null)
        // PostgreSQL takes rows without a value for ordered by what follows in the index only when the value is in the order too.
        const isOrdered = given.match === undefined && none.length === 1
        return inOrder(isOrdered ? page(scope, one).orderBy(sql.ref(`${table}.${none[0]}`), direction) : page(scope, one))
      })
      return (pages.length === 1 ? pages[0] : inOrder(together(pages.map(rows => all(scope, rows))))) as Compilable<never>
    }),
    count: preparedList<KeysetArgs>()((scope, given) => {
      const ids = together(choicesOf(given).map(one => filtered(scope, one).select(id.as('id'))))
      return scope.db.kysely.selectFrom(ids.limit(mostCounted + 1).as('some')).select(eb => eb.fn.countAll<number>().as('total'))
    })
  }
}

/** What lies between two places, neither of them included. */
export const between = (low: Place, high: Place) => ({ low_at: low.at, low_id: low.id, high_at: high.at, high_id: high.id })
export type Between = ReturnType<typeof between>

const all = ({ db }: Scope, rows: Query): Query => db.kysely.selectFrom(rows.as('choice')).selectAll() as unknown as Query

/**
 * Each choice of values has an index that serves it in the list's order, which several values at once have not: the databases merge
 * what each finds, and no row passes two of them.
 */
const together = ([first, ...others]: Query[]): Query => others.reduce((all, one) => all.unionAll(one), first as Query)
