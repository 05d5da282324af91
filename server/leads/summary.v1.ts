import type { Context } from '../platform/context.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { getAnalytics } from './chat.ts'
import { counts, LeadParams, leadCells } from './lead.v1.ts'
import { getLeadDetails, type LeadDetails } from './queries.ts'

type AnalyticsRow = Awaited<ReturnType<typeof analyticsOf>>

const AnalyticsShape = cell.shape<NonNullable<AnalyticsRow>>()({
  source: cell.optionalText('source', 'google'),
  analytics: cell.text(
    'place',
    '{"city":"Berlin","country":"Germany","country_code":"DE","latitude":52.5,"longitude":13.4,"region":"Berlin","timezone":"Europe/Berlin"}'
  ),
  browser: cell.optionalText('browser', 'Firefox'),
  source_url: cell.optionalText('source_url', 'https://example.com/prices'),
  ip: cell.optionalText('ip', '203.0.113.7'),
  chat_start_time: cell.optionalMicroTime('chat_started_at'),
  chat_end_time: cell.optionalMicroTime('chat_ended_at'),
  chat: cell.text('chat', '[]')
})

const SummaryShape = cell.shape<LeadDetails & { website_visit: AnalyticsRow }>()({
  ...leadCells,
  analytics: cell.nested('website_visit', AnalyticsShape),
  ...counts
})

const nowhere = JSON.stringify({
  city: null,
  country: null,
  country_code: null,
  latitude: null,
  longitude: null,
  region: null,
  timezone: null
})

/** What the website told of a lead, or null; both JSON texts are always there. */
async function analyticsOf(ctx: Context, leadId: number) {
  const row = await getAnalytics(ctx, leadId)
  return row ? { ...row, place: row.place ?? nowhere, chat: row.chat ?? '[]' } : null
}

/** The endpoint of a lead's summary. */
export function leadSummaryV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/summary/:lead_id',
    title: 'Leads Summary',
    about: '`analytics` is null when the website told nothing of the lead.',
    permission: 'leads:read',
    params: LeadParams,
    answer: { one: SummaryShape },
    handle: async ({ ctx, params, wire }) => {
      const lead = await getLeadDetails(ctx, params.lead_id)
      return success(SummaryShape.write({ ...lead, website_visit: await analyticsOf(ctx, lead.id) }, wire))
    }
  })
}
