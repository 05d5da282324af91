import { type Static, Type } from 'typebox'
import type { Search } from '../db/search.ts'
import { closed, idType, orNull, timeType } from '../platform/v2.ts'

export interface CallFilter extends Search {
  direction?: 'inbound' | 'outbound' | undefined
  phone_digits?: string | undefined
  /** null asks for calls that have none. */
  spoken_by_id?: number | null | undefined
  lead_id?: number | null | undefined
  /** Begun at or after / before, in milliseconds. */
  from?: number | undefined
  before?: number | undefined
}

/** What a report or an edit says of a call: times in milliseconds, no text empty; `undefined` says nothing, `null` says none. */
export interface CallFields {
  direction?: 'inbound' | 'outbound' | undefined
  phone?: string | undefined
  started_at?: number | undefined
  ended_at?: number | null | undefined
  purpose?: string | null | undefined
  summary?: string | null | undefined
  outcome?: string | null | undefined
  transcript?: string | null | undefined
  recording_url?: string | null | undefined
  lead_id?: number | null | undefined
  customer_id?: number | null | undefined
  contact_id?: number | null | undefined
  spoken_by_id?: number | null | undefined
  with_staff_id?: number | null | undefined
  follow_up_at?: number | null | undefined
  is_important?: boolean | undefined
  is_completed?: boolean | undefined
}

export interface CallReport extends CallFields {
  /** The telephone system's own id: the same id is the same call. */
  provider_call_id?: string | null | undefined
  /** Makes a lead when the number is nobody's. */
  create_lead?: boolean | undefined
}

const direction = Type.Union([Type.Literal('inbound'), Type.Literal('outbound')])
const text = (most: number) => Type.Optional(orNull(Type.String({ maxLength: most })))

const longestSummary = 65_536
const longestTranscript = 262_144
/** Characters of a call's long texts together. */
export const longestTexts = longestSummary + longestTranscript

const fields = {
  direction: Type.Optional(direction),
  phone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, pattern: '\\S', description: 'The other side’s number, as it was shown' })
  ),
  started_at: Type.Optional(timeType()),
  ended_at: Type.Optional(orNull(timeType())),
  purpose: text(191),
  summary: text(longestSummary),
  outcome: text(191),
  transcript: text(longestTranscript),
  recording_url: Type.Optional(orNull(Type.String({ maxLength: 2000, description: 'An http or https address' }))),
  lead_id: Type.Optional(orNull(idType('Instead of a customer; without either, whom the number belongs to'))),
  customer_id: Type.Optional(orNull(idType('Instead of a lead'))),
  contact_id: Type.Optional(orNull(idType('A contact of the customer, or of the one it then is'))),
  spoken_by_id: Type.Optional(orNull(idType('The staff member who spoke'))),
  with_staff_id: Type.Optional(orNull(idType('Another staff member on the call'))),
  follow_up_at: Type.Optional(orNull(timeType())),
  is_important: Type.Optional(Type.Boolean()),
  is_completed: Type.Optional(Type.Boolean())
}

/** `POST /api/v2/calls`. `direction`, `phone` and `started_at` may be left out of a report on a call that is known. */
export const CallReportForm = closed({
  provider_call_id: Type.Optional(
    orNull(
      Type.String({
        minLength: 1,
        maxLength: 191,
        pattern: '\\S',
        description:
          'The telephone system’s id of the call; a call reported again under its id is one call, with what all reports tell'
      })
    )
  ),
  ...fields,
  create_lead: Type.Optional(Type.Boolean({ description: 'Makes a lead when the number is nobody’s; needs leads:write' })),
  staff_id: Type.Optional(idType('The acting staff member, who spoke unless spoken_by_id says otherwise'))
})

/** `PATCH /api/v2/calls/:id`: what is absent stays, null and "" clear. */
export const CallChangeForm = closed(
  { ...fields, staff_id: Type.Optional(idType('The acting staff member')) },
  { minProperties: 1 }
)
export type CallChangeForm = Static<typeof CallChangeForm>

/** A call in /api/v2. */
export const Call = closed({
  id: idType(),
  provider_call_id: orNull(Type.String()),
  direction,
  phone: Type.String(),
  purpose: orNull(Type.String()),
  summary: orNull(Type.String()),
  outcome: orNull(Type.String()),
  transcript: orNull(Type.String()),
  recording_url: orNull(Type.String()),
  started_at: timeType(),
  ended_at: orNull(timeType()),
  duration_seconds: orNull(Type.Integer({ minimum: 0, description: 'null until it has ended' })),
  lead_id: orNull(idType()),
  customer_id: orNull(idType()),
  contact_id: orNull(idType()),
  contact_name: orNull(Type.String({ description: 'The contact’s, else the lead’s or the customer’s' })),
  contact_email: orNull(Type.String()),
  spoken_by_id: orNull(idType('The staff member who spoke')),
  staff_name: orNull(Type.String({ description: 'The name of who spoke' })),
  with_staff_id: orNull(idType('Another staff member on the call')),
  follow_up_at: orNull(timeType()),
  is_important: Type.Boolean(),
  is_completed: Type.Boolean(),
  created_at: timeType(),
  updated_at: timeType()
})

const { summary, transcript, contact_name, contact_email, staff_name, ...brief } = Call.properties
/** A call in a list: without its long texts and the names of people. */
export const ListedCall = closed(brief)
