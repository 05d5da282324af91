import type { Selectable } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { insert, remove, rows } from '../db/rows.ts'
import { writeSearch } from '../db/search.ts'
import type { LeadsTable } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import { fold } from '../platform/terms.ts'
import { transact } from '../platform/transact.ts'
import { actingStaffId } from '../staff/queries.ts'
import { writeAnalytics } from './chat.ts'
import { columnsOf, type LeadColumns } from './columns.ts'
import { listTags } from './queries.ts'
import type { LeadChange, NewLead } from './schema.ts'
import { leadTerms } from './terms.ts'

const empty: Omit<Selectable<LeadsTable>, 'id' | 'organization_id'> = {
  name: '',
  title: null,
  company: null,
  email: null,
  email_key: null,
  phone: null,
  phone_digits: null,
  status_id: null,
  type_id: null,
  source_id: null,
  assigned_id: null,
  created_by_id: null,
  is_public: 0,
  is_lost: 0,
  is_junk: 0,
  description: null,
  address: null,
  city: null,
  state: null,
  zip: null,
  country: null,
  website: null,
  value: null,
  has_chat: 0,
  chat_id: null,
  chat_started_at: null,
  last_contact_at: null,
  assigned_at: null,
  status_changed_at: null,
  converted_at: null,
  customer_id: null,
  created_at: 0,
  updated_at: 0
}

const insertLead = prepared<typeof empty>()((scope, arg) => {
  const places = Object.keys(empty).map(name => [name, arg(name as keyof typeof empty)])
  return insert(scope, 'leads', Object.fromEntries(places) as typeof empty).returning('id')
})

/** Enters a lead and resolves with its id. Refuses (422) references to no row of the organization and what is no e-mail address. */
export function createLead(ctx: Context, input: NewLead): Promise<number> {
  return transact(ctx, async ctx => {
    const columns = columnsOf(await withSource(ctx, input))
    await checkLeadReferences(ctx, columns)
    const now = Date.now()
    const row = {
      ...empty,
      ...columns,
      created_by_id: actingStaffId(ctx),
      assigned_at: columns.assigned_id ? now : null,
      created_at: now,
      updated_at: now
    }
    const inserted = await insertLead.first(ctx, row)
    const { id } = inserted!
    await writeAnalytics(ctx, id, input)
    const tags = input.tags ? await writeTags(ctx, id, input.tags) : []
    await writeSearch(ctx, 'lead_search', id, leadTerms(row, tags))
    recordEvent(ctx, 'lead.created', id, { name: row.name })
    return id
  })
}

/** Refuses (422) references to rows that are not the organization's. */
export const checkLeadReferences = (ctx: Context, { status_id, type_id, source_id, assigned_id }: LeadColumns): Promise<void> =>
  checkReferences(ctx, {
    status_id: ['lead_statuses', status_id],
    type_id: ['lead_types', type_id],
    source_id: ['sources', source_id],
    assigned_id: ['staff', assigned_id]
  })

/** The change with its source's id in place of the name. */
export async function withSource<C extends LeadChange>(ctx: Context, change: C): Promise<C> {
  if (change.source === undefined) return change
  if (change.source_id !== undefined) throw unprocessable({ source: 'stands in place of source_id; send one of them' })
  const [source_id] = await idsByName(ctx, 'sources', [change.source])
  return { ...change, source_id }
}

const idByKey = (table: 'tags' | 'sources') =>
  prepared<{ name_key: string }>()((scope, arg) => rows(scope, table).select('id').where('name_key', '=', arg('name_key')))
const idsByKey = { tags: idByKey('tags'), sources: idByKey('sources') }

/** The ids of the tags or sources of these names, made where they are new. Names that differ only in case or accents are one. */
export async function idsByName(ctx: Context, table: 'tags' | 'sources', names: string[]): Promise<number[]> {
  // backwards, so that the first spelling of a name stays
  const byKey = new Map(names.toReversed().map(name => [fold(name.trim()), name.trim()]))
  const ids: number[] = []
  for (const [name_key, name] of byKey) {
    const known = await idsByKey[table].first(ctx, { name_key })
    const row =
      known ??
      (await insert(ctx, table, { name, name_key })
        .onConflict(conflict => conflict.columns(['organization_id', 'name_key']).doUpdateSet({ name_key }))
        .returning('id')
        .executeTakeFirstOrThrow())
    ids.push(row.id)
  }
  return ids
}

/** Makes these the lead's tags and resolves with their names. */
export async function writeTags(ctx: Context, leadId: number, names: string[]): Promise<string[]> {
  const ids = await idsByName(ctx, 'tags', names)
  await remove(ctx, 'lead_tags').where('lead_id', '=', leadId).execute()
  if (ids.length > 0)
    await insert(
      ctx,
      'lead_tags',
      ids.map(tag_id => ({ lead_id: leadId, tag_id }))
    ).execute()
  return listTags(ctx, leadId)
}
