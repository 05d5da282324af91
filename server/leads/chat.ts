import type { Selectable } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { insert, remove, rows } from '../db/rows.ts'
import type { LeadAnalyticsTable } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import type { LeadAnalytics, LeadChange, LeadChat } from './schema.ts'

// The website's chat and analytics of a lead share one row beside it, which a lead without both does not have.

const analyticsOf = prepared<{ lead_id: number }>()((scope, arg) =>
  rows(scope, 'lead_analytics').selectAll().where('lead_id', '=', arg('lead_id'))
)

type Row = Selectable<LeadAnalyticsTable>

/** The row of a lead's chat and analytics: `place` and `chat` are JSON text. Undefined when there is neither. */
export const getAnalytics = (ctx: Context, leadId: number): Promise<Row | undefined> =>
  analyticsOf.first(ctx, { lead_id: leadId })

/** Writes the chat and analytics of a change and resolves with the names of what is other than before; what it leaves out stays. */
export async function writeAnalytics(ctx: Context, leadId: number, { chat, analytics }: LeadChange): Promise<string[]> {
  if (chat === undefined && analytics === undefined) return []
  const before = await getAnalytics(ctx, leadId)
  const given = {
    ...(chat !== undefined && { chat: chatColumns(chat) }),
    ...(analytics !== undefined && { analytics: analyticsColumns(analytics) })
  }
  const row = { ...nothing, ...before, ...given.chat, ...given.analytics, lead_id: leadId }
  const isOther = (columns: Partial<Row>): boolean =>
    Object.entries(columns).some(([name, value]) => (before ?? nothing)[name as keyof typeof nothing] !== value)
  const changed = Object.entries(given).flatMap(([name, columns]) => (isOther(columns) ? [name] : []))
  if (changed.length === 0) return []
  if (before) await remove(ctx, 'lead_analytics').where('lead_id', '=', leadId).execute()
  if (row.place !== null || row.chat !== null) await insert(ctx, 'lead_analytics', row).execute()
  return changed
}

function analyticsColumns(analytics: LeadAnalytics | null) {
  if (!analytics) return { source: null, browser: null, source_url: null, ip: null, place: null }
  const { source, browser, source_url, ip, city, country, country_code, latitude, longitude, region, timezone } = analytics
  const place = JSON.stringify({ city, country, country_code, latitude, longitude, region, timezone })
  return { source, browser, source_url, ip, place }
}

const chatColumns = (chat: LeadChat | null) => ({
  chat_started_at: chat?.started_at ?? null,
  chat_ended_at: chat?.ended_at ?? null,
  chat: chat && JSON.stringify(chat.messages)
})

const nothing = { ...analyticsColumns(null), ...chatColumns(null) }

/** A lead's chat and analytics as `LeadChange` has them. */
export async function readAnalytics(
  ctx: Context,
  lead: { id: number; chat_id: string | null }
): Promise<{ chat: LeadChat | null; analytics: LeadAnalytics | null }> {
  const row = await getAnalytics(ctx, lead.id)
  if (!row) return { chat: null, analytics: null }
  const { source, browser, source_url, ip, place, chat, chat_started_at, chat_ended_at } = row
  return {
    chat:
      chat === null
        ? null
        : { id: lead.chat_id, started_at: chat_started_at, ended_at: chat_ended_at, messages: JSON.parse(chat) },
    analytics: place === null ? null : { source, browser, source_url, ip, ...JSON.parse(place) }
  }
}
