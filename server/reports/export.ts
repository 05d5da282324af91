import { type ExpressionBuilder, sql } from 'kysely'
import { foldApart } from '../db/apart.ts'
import { preparedList } from '../db/prepared.ts'
import { wholeNumber } from '../db/search.ts'
import type { Tables } from '../db/tables.ts'
import { filteredLeads, named } from '../leads/queries.ts'
import type { LeadFilter } from '../leads/schema.ts'
import type { Context } from '../platform/context.ts'
import { type CsvPart, csvHeader } from './csv.ts'

/** Few enough for a part to take a megabyte at most and for the worker to be free again within a tenth of a second. */
const partRows = 2500

interface Part extends LeadFilter {
  take: number
  /** The last lead of the part before. */
  after_id?: number | undefined
  after_at?: number | undefined
}

const tags = (eb: ExpressionBuilder<Tables, 'leads'>) =>
  eb
    .selectFrom('lead_tags')
    .innerJoin('tags', join =>
      join.onRef('tags.organization_id', '=', 'lead_tags.organization_id').onRef('tags.id', '=', 'lead_tags.tag_id')
    )
    .select(sql<string>`string_agg(tags.name, ', ' order by tags.name_key)`.as('names'))
    .whereRef('lead_tags.organization_id', '=', 'leads.organization_id')
    .whereRef('lead_tags.lead_id', '=', 'leads.id')

/** Leads in the order of `csvColumns`. */
const exported = (eb: ExpressionBuilder<Tables, 'leads'>) => [
  'leads.id' as const,
  'leads.name' as const,
  'leads.title' as const,
  'leads.company' as const,
  'leads.email' as const,
  'leads.phone' as const,
  'leads.address' as const,
  'leads.city' as const,
  'leads.state' as const,
  'leads.zip' as const,
  'leads.country' as const,
  'leads.website' as const,
  named(eb, 'lead_statuses', 'status_id').select('name').as('status'),
  named(eb, 'lead_types', 'type_id').select('name').as('lead_type'),
  named(eb, 'sources', 'source_id').select('name').as('source'),
  named(eb, 'staff', 'assigned_id')
    .select(sql<string>`trim(staff.first_name || ' ' || staff.last_name)`.as('full_name'))
    .as('assigned_to'),
  'leads.value' as const,
  tags(eb).as('tags'),
  'leads.is_public' as const,
  'leads.is_lost' as const,
  'leads.is_junk' as const,
  'leads.created_at' as const,
  'leads.last_contact_at' as const,
  'leads.assigned_at' as const,
  'leads.status_changed_at' as const,
  'leads.converted_at' as const,
  'leads.customer_id' as const,
  'leads.description' as const
]

const leadPart = preparedList<Part>()((scope, given) => {
  const query = filteredLeads(scope, given).select(exported).limit(given.take)
  if (given.match !== undefined) {
    const found = query.orderBy('lead_search.rowid' as 'leads.id', 'desc')
    if (given.after_id === undefined) return found
    return found.where('lead_search.rowid' as 'leads.id', '<', wholeNumber(scope, given.after_id))
  }
  const newest = query.orderBy('leads.created_at', 'desc').orderBy('leads.id', 'desc')
  if (given.after_id === undefined) return newest
  return newest.where(eb => eb.not(eb.and([eb('leads.created_at', '=', given.after_at!), eb('leads.id', '>=', given.after_id!)])))
})

/**
 * The leads that pass a filter as the parts of a CSV file, newest first; what a search finds comes in the order of ids. Each part is
 * read by a reader worker when the one before has been taken: nothing is held meanwhile, neither rows nor a worker nor a snapshot
 * of the database. A lead that changes meanwhile is told as it is when its part is read, and each is told once.
 */
export async function* exportLeads(ctx: Context, filter: LeadFilter, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const module = new URL('csv.ts', import.meta.url).href
  const fold = { module, name: 'writeCsv', options: { timeZone: ctx.organization.timeZone } }
  let part: Part = { ...filter, take: partRows }
  let head = csvHeader
  for (;;) {
    const limits = { signal, goesOn: part.after_id !== undefined }
    const { bytes, rows, last } = await foldApart<CsvPart>(ctx, leadPart.bind(ctx, part), fold, limits)
    yield head === '' ? bytes : Buffer.concat([Buffer.from(head), bytes])
    if (rows < partRows || !last) return
    head = ''
    part = { ...filter, take: partRows, after_id: last.id, after_at: last.created_at }
    // One bound is all that an index is read by: the nearer one.
    if (filter.match === undefined) part.before = last.created_at + 1
  }
}
