import { type Static, Type } from 'typebox'
import type { Search } from '../db/search.ts'
import { closed, idType, Money, orNull, timeType } from '../platform/v2.ts'

/** Which leads: what is `undefined` is not asked, `null` asks for those that have none. Lost and junk leads are among them. */
export interface LeadFilter extends Search {
  status_id?: number | null | undefined
  type_id?: number | null | undefined
  assigned_id?: number | null | undefined
  source_id?: number | null | undefined
  is_public?: 0 | 1 | undefined
  /** Created at or after / before, in milliseconds. */
  from?: number | undefined
  before?: number | undefined
}

/** A lead's fields as a change gives them: `undefined` stays, `null` clears; texts are trimmed and "" is null. */
export interface LeadChange {
  name?: string | undefined
  title?: string | null | undefined
  company?: string | null | undefined
  email?: string | null | undefined
  phone?: string | null | undefined
  description?: string | null | undefined
  address?: string | null | undefined
  city?: string | null | undefined
  state?: string | null | undefined
  zip?: string | null | undefined
  country?: string | null | undefined
  website?: string | null | undefined
  status_id?: number | null | undefined
  type_id?: number | null | undefined
  source_id?: number | null | undefined
  /** Names the source instead of its id; a new name makes a new source. */
  source?: string | undefined
  assigned_id?: number | null | undefined
  is_public?: boolean | undefined
  is_lost?: boolean | undefined
  is_junk?: boolean | undefined
  /** Minor units. */
  value?: number | null | undefined
  /** All of the lead's tags, by name. */
  tags?: string[] | undefined
  chat?: LeadChat | null | undefined
  analytics?: LeadAnalytics | null | undefined
}

export type NewLead = LeadChange & { name: string }

/** A conversation on the website; times in milliseconds. */
export interface LeadChat {
  id: string | null
  started_at: number | null
  ended_at: number | null
  messages: ChatMessage[]
}

interface ChatMessage {
  id: string
  /** ISO 8601 with microseconds and Z. */
  created_at: string
  visibility: string | null
  type: string | null
  properties: Record<string, unknown>
  text: string | null
  author_id: string | null
}

/** Where a visitor was. */
interface Place {
  city: string | null
  country: string | null
  country_code: string | null
  latitude: number | null
  longitude: number | null
  region: string | null
  timezone: string | null
}

/** What the website knew of a visitor. */
export interface LeadAnalytics extends Place {
  source: string | null
  browser: string | null
  source_url: string | null
  ip: string | null
}

const shortText = (most: number, about?: string) =>
  Type.Optional(orNull(Type.String({ maxLength: most, ...(about && { description: about }) })))
const knownText = (most: number) => Type.String({ maxLength: most })

const Message = closed({
  id: knownText(191),
  created_at: timeType(),
  visibility: shortText(64, 'Such as all or agents'),
  type: shortText(64, 'Such as message or file'),
  properties: Type.Optional(orNull(Type.Record(Type.String(), Type.Unknown()))),
  text: shortText(65_536),
  author_id: shortText(191)
})

const Chat = closed({
  id: shortText(191, 'The chat’s own id'),
  started_at: Type.Optional(orNull(timeType())),
  ended_at: Type.Optional(orNull(timeType())),
  messages: Type.Optional(Type.Array(Message, { maxItems: 5000 }))
})

const Analytics = closed({
  source: shortText(191, 'Such as google or direct'),
  browser: shortText(500),
  source_url: shortText(2000, 'The page that the visitor came from or on'),
  ip: shortText(64),
  city: shortText(191),
  country: shortText(191),
  country_code: shortText(8),
  latitude: Type.Optional(orNull(Type.Number({ minimum: -90, maximum: 90 }))),
  longitude: Type.Optional(orNull(Type.Number({ minimum: -180, maximum: 180 }))),
  region: shortText(191),
  timezone: shortText(64)
})

const name = Type.String({ minLength: 1, maxLength: 191, pattern: '\\S' })

const fields = {
  title: shortText(191, 'The person’s position'),
  company: shortText(191),
  email: shortText(191),
  phone: shortText(64),
  status_id: Type.Optional(orNull(idType())),
  type_id: Type.Optional(orNull(idType())),
  source_id: Type.Optional(orNull(idType())),
  source: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 191,
      pattern: '\\S',
      description: 'A source by its name; a new name makes a new source'
    })
  ),
  assigned_id: Type.Optional(orNull(idType('The staff member who works on it'))),
  is_public: Type.Optional(Type.Boolean()),
  is_lost: Type.Optional(Type.Boolean({ description: 'Beside the status, which stays' })),
  is_junk: Type.Optional(Type.Boolean({ description: 'Beside the status, which stays' })),
  description: shortText(65_536),
  address: shortText(500),
  city: shortText(191),
  state: shortText(191),
  zip: shortText(32),
  country: shortText(64),
  website: shortText(500),
  value: Type.Optional(orNull(Money)),
  tags: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 191, pattern: '^[^,\\S]*[^,\\s][^,]*$', description: 'Without a comma' }), {
      maxItems: 100,
      description: 'All of them; names that differ only in case or accents are one'
    })
  ),
  chat: Type.Optional(orNull(Chat)),
  analytics: Type.Optional(orNull(Analytics)),
  staff_id: Type.Optional(idType('The acting staff member'))
}

/** `POST /api/v2/leads`. */
export const LeadForm = closed({ name, ...fields })
/** `PATCH /api/v2/leads/:id`: what is absent stays, null and "" clear. */
export const LeadChangeForm = closed({ name: Type.Optional(name), ...fields }, { minProperties: 1 })
export type LeadChangeForm = Static<typeof LeadChangeForm>

const text = () => orNull(Type.String())

/** A lead in /api/v2. */
export const Lead = closed({
  id: idType(),
  name: Type.String(),
  title: text(),
  company: text(),
  email: text(),
  phone: text(),
  status_id: orNull(idType()),
  type_id: orNull(idType()),
  source_id: orNull(idType()),
  assigned_id: orNull(idType()),
  created_by_id: orNull(idType('The staff member who entered it')),
  is_public: Type.Boolean(),
  is_lost: Type.Boolean(),
  is_junk: Type.Boolean(),
  description: text(),
  address: text(),
  city: text(),
  state: text(),
  zip: text(),
  country: text(),
  website: text(),
  value: orNull(Money),
  tags: Type.Array(Type.String()),
  chat: orNull(
    closed({
      id: text(),
      started_at: orNull(timeType()),
      ended_at: orNull(timeType()),
      messages: Type.Array(
        closed({
          id: Type.String(),
          created_at: timeType(),
          visibility: text(),
          type: text(),
          properties: Type.Record(Type.String(), Type.Unknown()),
          text: text(),
          author_id: text()
        })
      )
    })
  ),
  analytics: orNull(
    closed({
      source: text(),
      browser: text(),
      source_url: text(),
      ip: text(),
      city: text(),
      country: text(),
      country_code: text(),
      latitude: orNull(Type.Number()),
      longitude: orNull(Type.Number()),
      region: text(),
      timezone: text()
    })
  ),
  customer_id: orNull(idType('The customer it became')),
  last_contact_at: orNull(timeType()),
  assigned_at: orNull(timeType()),
  status_changed_at: orNull(timeType()),
  converted_at: orNull(timeType()),
  created_at: timeType(),
  updated_at: timeType()
})
export type Lead = Static<typeof Lead>

const { description, chat, analytics, ...brief } = Lead.properties
/** A lead in a list: without its long texts. */
export const ListedLead = closed(brief)
