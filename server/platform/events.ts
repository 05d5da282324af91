import { prepared } from '../db/prepared.ts'
import { insert } from '../db/rows.ts'
import type { EventsTable } from '../db/tables.ts'
import type { Context } from './context.ts'

export interface PendingEvent {
  type: string
  record_type: string
  record_id: number
  data: string
}

/**
 * Notes that something happened to a record: `type` such as `ticket.opened`, whose first word is the record's kind.
 * `data` says what changed, and holds no secret and no message body. Written when the transaction ends.
 */
export function recordEvent(ctx: Context, type: string, recordId: number, data: Record<string, unknown> = {}): void {
  if (!ctx.pending) throw new Error(`${type} recorded outside of a transaction`)
  const recordType = type.slice(0, type.indexOf('.'))
  ctx.pending.push({ type, record_type: recordType, record_id: recordId, data: JSON.stringify(data) })
}

const takePositions = prepared<{ count: number }>()((scope, arg) =>
  scope.db.kysely
    .updateTable('organizations')
    .set(eb => ({ event_position: eb('event_position', '+', arg('count')) }))
    .where('id', '=', scope.organization.id)
    .returning('event_position')
)

const insertEvent = prepared<Omit<EventsTable, 'organization_id'>>()((scope, arg) =>
  insert(scope, 'events', {
    position: arg('position'),
    type: arg('type'),
    record_type: arg('record_type'),
    record_id: arg('record_id'),
    actor_type: arg('actor_type'),
    actor_id: arg('actor_id'),
    data: arg('data'),
    created_at: arg('created_at')
  })
)

/**
 * A transaction's last step: takes the events' positions from the organization's row, whose lock is held until the commit, so
 * that the order of positions is the order of commits.
 */
export async function writeEvents(ctx: Context, events: PendingEvent[]): Promise<void> {
  if (events.length === 0) return
  const taken = await takePositions.first(ctx, { count: events.length })
  let position = taken!.event_position - events.length
  const created_at = Date.now()
  for (const event of events) {
    position += 1
    await insertEvent.all(ctx, { ...event, position, actor_type: ctx.actor.kind, actor_id: ctx.actor.id, created_at })
  }
}
