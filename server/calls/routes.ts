import type { Static } from 'typebox'
import type { RowOf } from '../db/keyset.ts'
import { isoTime } from '../platform/clock.ts'
import { listRoute } from '../platform/cursors.ts'
import { unprocessable } from '../platform/errors.ts'
import { idsOrNone, phone, words } from '../platform/filters.ts'
import { roomFor } from '../platform/json.ts'
import { IdParams, isoOrNull, readTime, type V2 } from '../platform/v2.ts'
import { actAs, actingStaffId } from '../staff/queries.ts'
import { changeCall, reportCall } from './actions.ts'
import { type CallDetails, callKeyset, getCall } from './queries.ts'
import { Call, CallChangeForm, type CallFields, CallReportForm, ListedCall, longestTexts } from './schema.ts'

/** The call routes of /api/v2. */
export function callRoutes(http: V2): void {
  listRoute(http, {
    path: '/calls',
    tag: 'Calls',
    permission: 'calls:read',
    item: ListedCall,
    rows: callKeyset,
    filters: { direction: words(['inbound', 'outbound']), spoken_by_id: idsOrNone, lead_id: idsOrNone, phone },
    present: presentBrief
  })
  http.post(
    '/calls',
    {
      bodyLimit: roomFor(longestTexts),
      config: { permission: 'calls:write' },
      schema: { tags: ['Calls'], body: CallReportForm, response: { 200: Call, 201: Call } }
    },
    async ({ ctx, body }, reply) => {
      const { staff_id, create_lead, provider_call_id, ...fields } = body
      const acting = await actAs(ctx, staff_id)
      const spoken_by_id = fields.spoken_by_id ?? actingStaffId(acting)
      const report = { ...readFields(fields), provider_call_id: provider_call_id?.trim(), create_lead, spoken_by_id }
      const { call, created } = await reportCall(acting, report)
      reply.code(created ? 201 : 200)
      return present(call)
    }
  )
  http.get(
    '/calls/:id',
    { config: { permission: 'calls:read' }, schema: { tags: ['Calls'], params: IdParams, response: { 200: Call } } },
    async ({ ctx, params }) => present(await getCall(ctx, params.id))
  )
  http.patch(
    '/calls/:id',
    {
      bodyLimit: roomFor(longestTexts),
      config: { permission: 'calls:write' },
      schema: { tags: ['Calls'], params: IdParams, body: CallChangeForm, response: { 200: Call } }
    },
    async ({ ctx, params, body }) => {
      const { staff_id, ...fields } = body
      return present(await changeCall(await actAs(ctx, staff_id), params.id, readFields(fields)))
    }
  )
}

/** The fields as the verbs take them: times in milliseconds, texts trimmed, empty ones none. Refuses (422) what is no time or address. */
function readFields(body: Omit<CallChangeForm, 'staff_id'>): CallFields {
  const { started_at, ended_at, follow_up_at, phone, purpose, summary, outcome, transcript, recording_url, ...rest } = body
  return {
    ...rest,
    phone: phone?.trim(),
    started_at: started_at === undefined ? undefined : readTime(started_at, 'started_at'),
    ended_at: ended_at ? readTime(ended_at, 'ended_at') : (ended_at as null | undefined),
    follow_up_at: follow_up_at ? readTime(follow_up_at, 'follow_up_at') : (follow_up_at as null | undefined),
    purpose: textOrNull(purpose),
    summary: textOrNull(summary),
    outcome: textOrNull(outcome),
    transcript: textOrNull(transcript),
    recording_url: webAddress(textOrNull(recording_url))
  }
}

const textOrNull = (value: string | null | undefined): string | null | undefined =>
  value === undefined ? undefined : value?.trim() || null

function webAddress(address: string | null | undefined): string | null | undefined {
  if (address && !(/^https?:\/\/[^\s\p{Cc}]+$/iu.test(address) && URL.canParse(address)))
    throw unprocessable({ recording_url: 'must be an http or https address such as https://calls.example.com/1.mp3' })
  return address
}

const present = (call: CallDetails): Static<typeof Call> => ({ ...call, ...presentBrief(call) })

function presentBrief(call: RowOf<typeof callKeyset>): Static<typeof ListedCall> {
  return {
    ...call,
    started_at: isoTime(call.started_at),
    ended_at: isoOrNull(call.ended_at),
    duration_seconds: call.ended_at === null ? null : Math.floor((call.ended_at - call.started_at) / 1000),
    follow_up_at: isoOrNull(call.follow_up_at),
    is_important: call.is_important === 1,
    is_completed: call.is_completed === 1,
    created_at: isoTime(call.created_at),
    updated_at: isoTime(call.updated_at)
  }
}
