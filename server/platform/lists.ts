import { arraysApart, countApart } from '../db/apart.ts'
import type { Prepared } from '../db/prepared.ts'
import { type Search, type SearchIndex, searchOf } from '../db/search.ts'
import type { ZoneClock } from './clock.ts'
import type { Context } from './context.ts'
import { Problem } from './errors.ts'
import { choice, date, text, whole } from './fields.ts'
import { mailDemands, queryTerms } from './terms.ts'
import type { Wire } from './wire.ts'

// What every list of /api/v1 shares: its parameters, its window, its frame.

/** Parameters of every list. */
export const paging = {
  page: whole(1, 1_000_000, { about: 'From 1; page × limit may be 100,000 at most', example: '1' }),
  limit: whole(1, 500, { about: 'Rows per page, 100 unless told', example: '25' }),
  with_total: choice(['1', '0'], { about: '1 counts all rows that match: meta.total' })
}

export const searched = { search: text({ max: 200, about: 'Words, names, addresses or parts of numbers; all must be found' }) }

export const period = {
  start_date: date({ about: 'First day, in the time zone of the organization' }),
  end_date: date({ about: 'Last day, itself included' })
}

interface Paging {
  page?: number | null | undefined
  limit?: number | null | undefined
  with_total?: '0' | '1' | null | undefined
}

/** Where a page begins; `take` is one row more than it holds, which tells whether there is another. */
export interface Window {
  page: number
  limit: number
  offset: number
  take: number
}

const deepest = 100_000

/** Throws 400 when the page lies too deep for counting rows. */
function windowOf({ page, limit }: Paging): Window {
  const window = { page: page ?? 1, limit: limit ?? 100 }
  if (window.page * window.limit > deepest) {
    const message = `lies beyond ${deepest} rows; go on with the cursors of /api/v2`
    throw new Problem('invalid_parameter', `page ${message}`, { page: message })
  }
  return { ...window, offset: (window.page - 1) * window.limit, take: window.limit + 1 }
}

interface Asked extends Paging {
  search?: string | null | undefined
}

interface List<Filter extends object> {
  ctx: Context
  wire: Wire
  query: Asked
  read: (row: unknown[], wire: Wire) => object
  page: Prepared<Filter & { take: number; offset: number }, unknown>
  count: Prepared<Filter, { total: number }>
  /** Where a search looks; a list without one has no search. */
  index?: SearchIndex
}

/** Answers a list: the page, whether there is another, and the total when asked (counted by a reader worker). */
export async function listAnswer<Filter extends object>(
  { ctx, wire, query, read, page, count, index }: List<Filter>,
  filter: Filter
): Promise<string> {
  const window = windowOf(query)
  const asked = query.search && index ? { ...filter, ...(await findText(ctx, index, query.search, filter)) } : filter
  const args = { ...asked, take: window.take, offset: window.offset }
  const found = isHeavy(asked)
    ? await arraysApart(ctx, page.bind(ctx, args), { signal: wire.signal })
    : await page.arrays(ctx, args)
  const total = query.with_total === '1' ? await countApart(ctx, count.bind(ctx, asked)) : undefined
  const more = found.length > window.limit
  if (more) found.pop()
  const data = found.map(row => read(row, wire))
  const meta = { page: window.page, limit: window.limit, has_more: more, ...(total !== undefined && { total }) }
  return JSON.stringify({ data, message: 'success', meta })
}

/** A search, or several filters together, may look at very many rows before it finds a page of them: not on the event loop. */
function isHeavy(filter: object): boolean {
  const asked = Object.entries(filter).filter(([name, value]) => value !== undefined && name !== 'from' && name !== 'before')
  return asked.length > 1 || 'match' in filter
}

interface Beside {
  email_key?: string | undefined
  from?: number | undefined
  before?: number | undefined
}

/** A person's search within the organization, as near as the rest of the filter allows. */
export function findText(ctx: Context, index: SearchIndex, text: string, { email_key, ...period }: Beside): Promise<Search> {
  // A row of this address has its term: the index knows how to find both at once.
  const mail = email_key === undefined ? [] : mailDemands(email_key)
  return searchOf(ctx, index, [...mail, ...queryTerms(text)], period)
}

/** `{ from, before }` in milliseconds, of the days asked for in the organization's time zone. */
export function rangeOf(
  { start_date, end_date }: { start_date?: string | null | undefined; end_date?: string | null | undefined },
  clock: ZoneClock
) {
  return { from: start_date ? clock.dayStart(start_date) : undefined, before: end_date ? clock.dayEnd(end_date) : undefined }
}
