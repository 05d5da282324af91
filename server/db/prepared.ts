import type { Compilable } from 'kysely'
import type { Dialect, Handle } from './handle.ts'
import type { Scope } from './rows.ts'

export interface Caller {
  db: Handle
  organization: { id: number }
}

/** Stands for a value that each call brings; typed as that value where the query is built. */
type Arg<Args> = <K extends keyof Args & string>(name: K) => Args[K]

class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

const organization = new Placeholder('organization')

/** A query built and compiled once; the organization comes from the caller's context. */
export interface Prepared<Args, Row> {
  all(caller: Caller, args: Args): Promise<Row[]>
  first(caller: Caller, args: Args): Promise<Row | undefined>
  /** Rows as arrays, in the order of the selected columns. */
  arrays(caller: Caller, args: Args): Promise<unknown[][]>
  /** The statement with its values, for a reader worker. */
  bind(caller: Caller, args: Args): Bound
}

export interface Bound {
  sql: string
  values: unknown[]
}

/**
 * `prepared<{ id: number }>()((scope, arg) => rows(scope, 'tickets').selectAll().where('id', '=', arg('id')))`: building a
 * query costs more than running it, so hot ones are built at their first use and kept as text with the places of their values.
 */
export const prepared =
  <Args extends object>() =>
  <Row>(build: (scope: Scope, arg: Arg<Args>) => Compilable<Row>): Prepared<Args, Row> => {
    const compiled: Partial<Record<Dialect, { sql: string; places: readonly unknown[] }>> = {}
    const compile = (db: Handle) => {
      const scope = { db, organization: { id: organization as unknown as number } }
      const { sql, parameters } = build(scope, ((name: string) => new Placeholder(name)) as unknown as Arg<Args>).compile()
      const text = { sql, places: parameters }
      compiled[db.dialect] = text
      return text
    }
    const bind = (caller: Caller, args: Args): Bound => {
      const { sql, places } = compiled[caller.db.dialect] ?? compile(caller.db)
      const values = places.map(place => {
        if (place === organization) return caller.organization.id
        return place instanceof Placeholder ? args[place.name as keyof Args] : place
      })
      return { sql, values }
    }
    const all = (caller: Caller, args: Args): Promise<Row[]> => {
      const { sql, values } = bind(caller, args)
      return caller.db.all<Row>(sql, values)
    }
    return {
      all,
      first: async (caller, args) => (await all(caller, args))[0],
      arrays: (caller, args) => {
        const { sql, values } = bind(caller, args)
        return caller.db.arrays(sql, values)
      },
      bind
    }
  }

/** The filters that a call gives: a placeholder for each value, `null` for "none", `undefined` for what is not asked. */
export type Given<Filter> = { [K in keyof Filter]: Filter[K] }

/**
 * A list whose text depends on which filters are given: `build` sees them as `given`, and each combination is compiled once.
 * A filter's `undefined` is not asked, its `null` asks for rows that have none.
 */
export const preparedList =
  <Filter extends object>() =>
  <Row>(build: (scope: Scope, given: Given<Filter>) => Compilable<Row>): Prepared<Filter, Row> => {
    const known = new Map<string, Prepared<Filter, Row>>()
    const queryFor = (filter: Filter): Prepared<Filter, Row> => {
      const asked = Object.entries(filter).filter(([, value]) => value !== undefined)
      const key = asked.map(([name, value]) => (value === null ? `${name}-` : name)).join()
      let query = known.get(key)
      if (!query) {
        query = prepared<Filter>()((scope, arg) => {
          const given = Object.fromEntries(
            asked.map(([name, value]) => [name, value === null ? null : arg(name as keyof Filter & string)])
          )
          return build(scope, given as Given<Filter>)
        })
        // Lists with a varying number of values must not grow it without end.
        if (known.size >= 1000) known.delete(known.keys().next().value as string)
        known.set(key, query)
      }
      return query
    }
    return {
      all: (caller, filter) => queryFor(filter).all(caller, filter),
      first: (caller, filter) => queryFor(filter).first(caller, filter),
      arrays: (caller, filter) => queryFor(filter).arrays(caller, filter),
      bind: (caller, filter) => queryFor(filter).bind(caller, filter)
    }
  }
