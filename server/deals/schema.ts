import { Type } from 'typebox'
import type { Search } from '../db/search.ts'
import { closed, idType, Money, orNull, timeType } from '../platform/v2.ts'

export const dealStatuses = ['open', 'won', 'lost'] as const
export type DealStatus = (typeof dealStatuses)[number]

/** Whom a deal is with. */
export type Party = 'lead' | 'customer'

/** Which deals: what is `undefined` is not asked, `null` asks for those that have none. */
export interface DealFilter extends Search {
  owner_id?: number | undefined
  pipeline_id?: number | undefined
  stage_id?: number | undefined
  source_id?: number | null | undefined
  status?: DealStatus | undefined
  lead_id?: number | undefined
  customer_id?: number | undefined
  /** The id of a lead or of a customer, whichever. */
  party_id?: number | undefined
  with_lead?: true | undefined
  with_customer?: true | undefined
  /** Created at or after / before, in milliseconds. */
  from?: number | undefined
  before?: number | undefined
}

/** What a deal may have; `undefined` is not said, `null` is none. */
interface DealDetails {
  source_id?: number | null | undefined
  /** YYYY-MM-DD. */
  expected_close_on?: string | null | undefined
  /** A lead unless told. */
  rel_type?: Party | null | undefined
  /** The id of the lead or customer. */
  rel_id?: number | null | undefined
  /** All of the deal's tags, by name. */
  tags?: string[] | null | undefined
  /** All who are assigned beside the owner. */
  assignee_ids?: number[] | null | undefined
}

interface DealEssentials {
  title: string
  /** Minor units. */
  value: number
  pipeline_id: number
  stage_id: number
  owner_id: number
}

export type NewDeal = DealDetails & DealEssentials

type Emptiable<T> = { [K in keyof T]?: T[K] | null | undefined }

/** What is absent stays; an essential that is null is refused. */
export type DealChange = DealDetails & Emptiable<DealEssentials & { status: DealStatus; lost_reason: string; notes: string }>

export interface NewService {
  name: string
  /** Minor units. */
  unit_cost: number
  /** Hundredths. */
  quantity: number
  description?: string | null | undefined
  unit?: string | null | undefined
  /** Each `NAME|RATE`. */
  taxes?: string[] | null | undefined
}

export type ServiceChange = Emptiable<NewService>

const text = () => orNull(Type.String())

/** A deal in /api/v2. */
export const Deal = closed({
  id: idType(),
  title: Type.String(),
  value: Money,
  tax_total: Money,
  status: Type.Union([Type.Literal('open'), Type.Literal('won'), Type.Literal('lost')]),
  pipeline_id: idType(),
  stage_id: idType(),
  source_id: orNull(idType()),
  owner_id: idType('The staff member whose deal it is'),
  assignee_ids: Type.Array(idType(), { description: 'The staff members who work on it beside the owner' }),
  lead_id: orNull(idType('The lead that the deal is with')),
  customer_id: orNull(idType('The customer that the deal is with')),
  tags: Type.Array(Type.String()),
  notes: text(),
  lost_reason: text(),
  expected_close_on: orNull(Type.String({ format: 'date', description: 'YYYY-MM-DD' })),
  closed_at: orNull(timeType()),
  created_by_id: orNull(idType('The staff member who entered it')),
  created_at: timeType(),
  updated_at: timeType()
})

const { notes, ...brief } = Deal.properties
/** A deal in a list: without its notes. */
export const ListedDeal = closed(brief)
