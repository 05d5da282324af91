import { createHmac, timingSafeEqual } from 'node:crypto'
import { countApart, rowsApart } from '../db/apart.ts'
import { type KeysetArgs, spread } from '../db/choices.ts'
import { between, mostCounted, type Place, type Placed } from '../db/keyset.ts'
import type { Context } from './context.ts'
import { invalidParameters } from './errors.ts'
import { findText } from './lists.ts'
import { type Asked, type CursorList, type Question, questionOf, schemaOf } from './questions.ts'
import type { V2 } from './v2.ts'

// Lists of /api/v2: page after page by a cursor, which is the place of the last row that was shown. Rows that come, change or go
// meanwhile move no other row to another page.

/** `GET path`: a list of /api/v2 with all its parameters. */
export function listRoute<Row>(http: V2, list: CursorList<Row>): void {
  const { path, tag, permission } = list
  http.get(path, { config: { permission }, schema: { tags: [tag], ...schemaOf(list) } }, request =>
    answer(list, request.ctx, request.query as Asked, request)
  )
}

const farthest = Number.MAX_SAFE_INTEGER

async function answer<Row>(list: CursorList<Row>, ctx: Context, query: Asked, request: { signal: AbortSignal }) {
  const { rows } = list
  const asked = questionOf(list, query)
  const limit = query.limit ?? 50
  const scope = JSON.stringify([list.path, asked])
  const after = query.cursor === undefined ? undefined : openCursor(ctx, scope, query.cursor)
  const all = await conditionsOf(ctx, list, asked)
  const ascending: true | undefined = asked.sort.startsWith('-') ? undefined : true
  const args = { ...all, ...(after && beyond(all, after, ascending)), ascending, take: limit + 1 }
  const found = isHeavy(asked)
    ? await rowsApart<Row & Placed>(ctx, rows.page.bind(ctx, args), { signal: request.signal })
    : await rows.page.all(ctx, args)
  const total = query.total === '1' ? await countApart(ctx, rows.count.bind(ctx, all)) : undefined
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return {
    data: shown.map(row => list.present(row, ctx)),
    next_cursor: last ? cursorAt(ctx, scope, { at: last.place_at, id: last.place_id }) : null,
    ...(total !== undefined && { total: Math.min(total, mostCounted), total_capped: total > mostCounted })
  }
}

/** One filter of one value goes by its own index. More of them, or a search, may look at very many rows: not on the event loop. */
const isHeavy = ({ choices, search }: Question): boolean => search !== undefined || Object.values(choices).flat().length > 1

/** What all pages and the count have in common. */
async function conditionsOf<Row>(ctx: Context, { rows }: CursorList<Row>, asked: Question): Promise<KeysetArgs> {
  const { choices, search, from, before } = asked
  const filters = spread(choices)
  if (search === undefined || !rows.index) {
    const low = { at: from ?? -farthest, id: 0 }
    return { ...filters, ...between(low, before === undefined ? { at: farthest, id: farthest } : { at: before, id: 0 }) }
  }
  const [email_key] = choices.email_key ?? []
  const found = await findText(ctx, rows.index, search, { email_key: email_key as string | undefined, from, before })
  return { ...filters, from, before, lowest: 0, highest: farthest, ...found }
}

/** The conditions that leave what comes after a place: of two bounds the nearer one moves. */
function beyond(all: KeysetArgs, { at, id }: Place, ascending: true | undefined): KeysetArgs {
  if (all.match !== undefined) return ascending ? { lowest: id + 1 } : { highest: id - 1 }
  return ascending ? { low_at: at, low_id: id } : { high_at: at, high_id: id }
}

/** A place, signed for one list of one organization with the same filters and order. */
function cursorAt({ organization }: Context, scope: string, { at, id }: Place): string {
  const sealed = createHmac('sha256', organization.linkSecret).update(`cursor ${organization.id} ${at} ${id} ${scope}`)
  return Buffer.from(`${at} ${id} ${sealed.digest('base64url').slice(0, 22)}`).toString('base64url')
}

/** Throws 400 unless it is the cursor that this list gave. */
function openCursor(ctx: Context, scope: string, cursor: string): Place {
  const [at, id] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ').map(Number)
  const place = { at: at ?? Number.NaN, id: id ?? Number.NaN }
  const [given, ours] = [Buffer.from(cursor), Buffer.from(cursorAt(ctx, scope, place))]
  if (given.length === ours.length && timingSafeEqual(given, ours)) return place
  throw invalidParameters({ cursor: 'must be the next_cursor of this list with the same filters and sort' })
}
