import { type Expression, type SqlBool, sql } from 'kysely'
import { ftsMatch, organizationTerm, type QueryTerm, type Term, tsQuery } from '../platform/terms.ts'
import { type Apart, rowsApart } from './apart.ts'
import { type Caller, type Prepared, prepared } from './prepared.ts'
import type { Scope } from './rows.ts'

// Full text in both databases: FTS5 and tsvector over the same terms.

export type SearchName = 'ticket_search' | 'lead_search' | 'deal_search' | 'call_search'

/** What is searched, and the time that a period beside the search is about. */
export interface SearchIndex {
  name: SearchName
  table: 'tickets' | 'leads' | 'deals' | 'calls'
  column: 'created_at' | 'started_at'
}

/** What a filter asks of a full-text index. */
export interface Search {
  /** As this database writes it. */
  match?: string | undefined
  /** Ids between which all that is looked for lies: the index goes straight there. */
  lowest?: number | undefined
  highest?: number | undefined
}

type Searcher = Caller & { store: { apart: Apart } }

const writers = new Map<SearchName, Prepared<{ id: number; terms: string }, unknown>>()

/** Writes (or writes again) what a record is found by. `terms` comes from `indexTerms`. */
export async function writeSearch(caller: Caller, name: SearchName, id: number, terms: string): Promise<void> {
  let writer = writers.get(name)
  if (!writer) {
    writer = prepared<{ id: number; terms: string }>()((scope, arg) => writerOf(scope, name, arg('id'), arg('terms')))
    writers.set(name, writer)
  }
  await writer.all(caller, { id, terms: `${organizationTerm(caller.organization.id)} ${terms}`.trimEnd() })
}

const writerOf = ({ db, organization }: Scope, name: SearchName, id: number, terms: string) =>
  db.dialect === 'sqlite'
    ? db.kysely.replaceInto(name).values({ rowid: id, terms })
    : db.kysely
        .insertInto(name)
        .values({ organization_id: organization.id, rowid: id, terms: sql`array_to_tsvector(string_to_array(${terms}, ' '))` })
        .onConflict(conflict =>
          conflict.columns(['organization_id', 'rowid']).doUpdateSet(eb => ({ terms: eb.ref('excluded.terms') }))
        )

/** The condition that a full-text index matches; `search.match` is given. Join the index by `rowid` to the record's id. */
export function found(scope: Scope, name: SearchName, { match, lowest, highest }: Search): Expression<SqlBool> {
  const { db, organization } = scope
  const rowid = sql.ref(`${name}.rowid`)
  const matches =
    db.dialect === 'sqlite'
      ? sql<SqlBool>`${sql.table(name)} match ${match}`
      : sql<SqlBool>`${sql.ref(`${name}.organization_id`)} = ${organization.id} and ${sql.ref(`${name}.terms`)} @@ ${match}::tsquery`
  if (lowest === undefined || highest === undefined) return sql`(${matches})`
  return sql<SqlBool>`(${matches} and ${rowid} between ${wholeNumber(scope, lowest)} and ${wholeNumber(scope, highest)})`
}

/** SQLite gets every number as a float, by which its full-text index cannot seek. */
export const wholeNumber = ({ db }: Pick<Scope, 'db'>, value: number): Expression<number> =>
  db.dialect === 'sqlite' ? sql`cast(${value} as integer)` : sql`${value}`

/** The search for `demands` among the rows of a period, as near as the index can go. */
export async function searchOf(
  caller: Searcher,
  index: SearchIndex,
  demands: QueryTerm[],
  { from, before }: { from?: number | undefined; before?: number | undefined }
): Promise<Search> {
  const term = organizationTerm(caller.organization.id)
  const hasPeriod = from !== undefined || before !== undefined
  if (caller.db.dialect === 'postgres') return { match: tsQuery(demands, term) }
  const [words, ids] = await Promise.all([
    withWords(caller, index.name, demands),
    hasPeriod ? idsBetween(caller, index, from, before) : {}
  ])
  return { match: ftsMatch(words, term), ...ids }
}

/** Beginnings up to this length have an index of their own. */
const indexedPrefix = 3
const mostWords = 100

/**
 * The same demands with each longer beginning replaced by the words it stands for, when these are few: words are read from the
 * newest row on, while of a beginning FTS5 first reads all rows.
 */
async function withWords(caller: Searcher, name: SearchName, demands: QueryTerm[]): Promise<QueryTerm[]> {
  const isLong = ({ term, prefix }: Term): boolean => prefix && [...term].length > indexedPrefix
  const prefixes = demands.flatMap(({ any }) => any.filter(isLong).map(({ term }) => term))
  if (prefixes.length === 0) return demands
  const words = new Map<string, string[]>(prefixes.map(prefix => [prefix, []]))
  const bound = { sql: wordsSql(name), values: [JSON.stringify(prefixes)] }
  for (const { prefix, term } of await rowsApart<{ prefix: string; term: string }>(caller, bound)) words.get(prefix)?.push(term)
  const spelled = (term: Term): Term[] => {
    const own = isLong(term) ? words.get(term.term) : undefined
    if (!own || own.length > mostWords) return [term]
    return own.length === 0 ? [{ ...term, prefix: false }] : own.map(word => ({ term: word, prefix: false }))
  }
  return demands.map(({ any }) => ({ any: any.flatMap(spelled) }))
}

/** Goes from word to word by seeking, in the table of words that each reader worker has; no word has a letter before the first one. */
const wordsSql = (name: SearchName): string => {
  const next = (from: string): string => `(select term from temp.${name}_words where term >= ${from} limit 1)`
  return `with recursive begun (prefix, term, place) as (
    select value, ${next('value')}, 1 from json_each(?)
    union all
    select prefix, ${next('begun.term || char(1)')}, place + 1 from begun
    where place <= ${mostWords} and substr(term, 1, length(prefix)) = prefix
  ) select prefix, term from begun where substr(term, 1, length(prefix)) = prefix`
}

const mostNarrowed = 100_000

/** The ids between which the rows of a period lie, when they are not too many to look. */
async function idsBetween(
  caller: Searcher,
  { table, column }: SearchIndex,
  from = 0,
  before = Number.MAX_SAFE_INTEGER
): Promise<Search> {
  const sql = `select coalesce(min(id), 0) as lowest, coalesce(max(id), 0) as highest, count(*) as count from (
    select id from ${table} where organization_id = +? and ${column} >= +? and ${column} < +? limit ${mostNarrowed + 1})`
  const bound = { sql, values: [caller.organization.id, from, before] }
  const [ids] = await rowsApart<{ lowest: number; highest: number; count: number }>(caller, bound)
  return ids && ids.count <= mostNarrowed ? { lowest: ids.lowest, highest: ids.highest } : {}
}
