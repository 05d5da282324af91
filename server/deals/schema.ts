import type { Search } from '../db/search.ts'
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
