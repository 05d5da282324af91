import { sql } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { type Changes, changesOf, sentenceOf } from './differences.ts'

// What happened to a deal, told from its events: the one place where an event becomes words.

interface Data extends Partial<Changes> {
  comment_id?: number
  file_id?: number
  /** The file's name. */
  file?: string
  service_id?: number
  /** The service's name. */
  service?: string
}

/** What the event is about beside the deal, ids as strings. */
const subjectOf = ({ comment_id, file_id, file, service_id, service }: Data) => ({
  comment_id: comment_id?.toString(),
  file_id: file_id?.toString(),
  file,
  service_id: service_id?.toString(),
  service
})

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
    .select([
      'staff.id as staff_id',
      sql<string | null>`coalesce(trim(staff.first_name || ' ' || staff.last_name), apps.name)`.as('actor_name')
    ])
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
    const details = JSON.stringify({ ...subjectOf(data), ...(changes.length > 0 && { changes }) })
    return {
      ...event,
      words: [beginning, ...changes.map(sentenceOf)].filter(Boolean).join(' '),
      details: details === '{}' ? null : details
    }
  })
}
