import { sql } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { formatMoney, formatQuantity } from '../platform/money.ts'

// What happened to a deal, told from its events: the one place where an event becomes words.

type Row = Readonly<Record<string, unknown>>

/** What an event says of changed fields: raw values, and beside those of references the names they had then. */
export interface Changes {
  before: Record<string, unknown>
  after: Record<string, unknown>
  names: Record<string, [before: string | null, after: string | null]>
}

interface Told {
  label: string
  /** The column that has the name of what this one refers to. */
  name?: string
  /** Only that it changed is told: it may be long, and is nobody else's business. */
  wordy?: true
  show?: (value: never) => string
}

const asList = (json: string): string => (JSON.parse(json) as string[]).join(', ') || 'none'

const told: Record<string, Told> = {
  title: { label: 'Title' },
  value: { label: 'Value', show: formatMoney },
  status: { label: 'Status' },
  lost_reason: { label: 'Lost reason' },
  pipeline_id: { label: 'Pipeline', name: 'pipeline_name' },
  stage_id: { label: 'Stage', name: 'stage_name' },
  owner_id: { label: 'Owner', name: 'owner_name' },
  assignee_ids: { label: 'Assigned', name: 'assignee_names' },
  source_id: { label: 'Source', name: 'source_name' },
  lead_id: { label: 'Lead', name: 'party_name' },
  customer_id: { label: 'Customer', name: 'party_name' },
  expected_close_on: { label: 'Expected close' },
  tags: { label: 'Tags' },
  notes: { label: 'Notes', wordy: true },
  name: { label: 'Name' },
  quantity: { label: 'Quantity', show: formatQuantity },
  unit: { label: 'Unit' },
  unit_cost: { label: 'Unit cost', show: formatMoney },
  taxes: { label: 'Taxes', show: asList },
  description: { label: 'Description', wordy: true }
}

/** What differs between two readings of a deal or a service, for an event; undefined when nothing does. */
export function changesBetween(before: object, after: object): Changes | undefined {
  const [old, now] = [before as Row, after as Row]
  const changes: Changes = { before: {}, after: {}, names: {} }
  for (const [field, { name, wordy }] of Object.entries(told)) {
    if (!(field in now) || old[field] === now[field]) continue
    changes.before[field] = wordy ? old[field] !== null : old[field]
    changes.after[field] = wordy ? now[field] !== null : now[field]
    if (name) changes.names[field] = [nameIn(old, field, name), nameIn(now, field, name)]
  }
  return Object.keys(changes.after).length > 0 ? changes : undefined
}

const nameIn = (row: Row, field: string, name: string): string | null => (row[field] === null ? null : (row[name] as string))

interface Change {
  field: string
  from: string | null
  to: string | null
}

/** The changes of an event in the words of people. */
function changesOf(data: Partial<Changes>): Change[] {
  const { before = {}, after = {}, names = {} } = data
  return Object.keys(after).map(field => {
    const { label = field, wordy, show } = told[field] ?? ({} as Partial<Told>)
    const shown = (value: unknown): string | null =>
      value === null || value === undefined || wordy ? null : show ? show(value as never) : String(value)
    const [from, to] = names[field] ?? [shown(before[field]), shown(after[field])]
    return { field: label, from, to }
  })
}

function sentenceOf({ field, from, to }: Change): string {
  if (from === null) return to === null ? `${field} changed.` : `${field} set to "${to}".`
  return to === null ? `${field} "${from}" removed.` : `${field} changed from "${from}" to "${to}".`
}

interface Data extends Partial<Changes> {
  comment_id?: number
  file_id?: number
  /** The file's name. */
  file?: string
  service_id?: number
  /** The service's name. */
  service?: string
}

const beginnings: Record<string, (data: Data) => string> = {
  'deal.created': () => 'Deal created.',
  'deal.updated': () => '',
  'deal.commented': ({ file }) => (file === undefined ? 'Comment added.' : `Comment with the file "${file}" added.`),
  'deal.comment_updated': () => 'Comment changed.',
  'deal.file_added': ({ file }) => `File "${file}" added.`,
  'deal.file_removed': ({ file }) => `File "${file}" removed.`,
  'deal.service_added': ({ service }) => `Service "${service}" added.`,
  'deal.service_updated': ({ service }) => `Service "${service}" changed.`
}

const eventsOf = prepared<{ deal_id: number }>()((scope, arg) =>
  rows(scope, 'events')
    .leftJoin('staff', join =>
      join
        .onRef('staff.organization_id', '=', 'events.organization_id')
        .onRef('staff.id', '=', 'events.actor_id')
        .on('events.actor_type', '=', 'staff')
    )
    .leftJoin('apps', join =>
      join
        .onRef('apps.organization_id', '=', 'events.organization_id')
        .onRef('apps.id', '=', 'events.actor_id')
        .on('events.actor_type', '=', 'app')
    )
    .select(['events.position as id', 'events.record_id as deal_id', 'events.type', 'events.data', 'events.created_at'])
    .select(['staff.id as staff_id', sql<string | null>`coalesce(trim(staff.first_name || ' ' || staff.last_name), apps.name)`.as('actor_name')])
    .where('events.record_type', '=', 'deal')
    .where('events.record_id', '=', arg('deal_id'))
    .orderBy('events.position', 'desc')
    .limit(1000)
)

export type ActivityRow = Awaited<ReturnType<typeof listActivity>>[number]

/** What happened to a deal, in words: the newest 1000 events, newest first. `details` is JSON text, null when the words say it all. */
export async function listActivity(ctx: Context, dealId: number) {
  const events = await eventsOf.all(ctx, { deal_id: dealId })
  return events.map(({ type, data: json, ...event }) => {
    const data = JSON.parse(json) as Data
    const changes = changesOf(data)
    const beginning = beginnings[type]?.(data) ?? `${type.slice('deal.'.length).replaceAll('_', ' ')}.`
    const { comment_id, file_id, file, service_id, service } = data
    const details = JSON.stringify({ comment_id, file_id, file, service_id, service, ...(changes.length > 0 && { changes }) })
    return {
      ...event,
      words: [beginning, ...changes.map(sentenceOf)].filter(Boolean).join(' '),
      details: details === '{}' ? null : details
    }
  })
}
