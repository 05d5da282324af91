import type { Selectable } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { insert } from '../db/rows.ts'
import type { CallsTable } from '../db/tables.ts'
import type { CallFields } from './schema.ts'

type Columns = Omit<Selectable<CallsTable>, 'id' | 'organization_id'>

const optional = {
  purpose: null,
  summary: null,
  outcome: null,
  transcript: null,
  recording_url: null,
  ended_at: null,
  lead_id: null,
  customer_id: null,
  contact_id: null,
  spoken_by_id: null,
  with_staff_id: null,
  follow_up_at: null
}

/** A call of which only the facts are known that every call has. */
export const empty = { ...optional, is_important: 0 as const, is_completed: 0 as const }

const names = [
  ...(Object.keys(empty) as (keyof typeof empty)[]),
  'provider_call_id',
  'direction',
  'phone',
  'phone_digits',
  'started_at',
  'created_at',
  'updated_at'
] as const

/** Inserts a call and gives its id; nothing when its `provider_call_id` is known. */
export const insertRow = prepared<Columns>()((scope, arg) =>
  insert(scope, 'calls', Object.fromEntries(names.map(name => [name, arg(name)])) as unknown as Columns)
    .onConflict(conflict => conflict.columns(['organization_id', 'provider_call_id']).doNothing())
    .returning('id')
)

const plain = [
  'direction',
  'phone',
  'started_at',
  'ended_at',
  'purpose',
  'summary',
  'outcome',
  'transcript',
  'recording_url',
  'spoken_by_id',
  'with_staff_id',
  'follow_up_at'
] as const

type Named = (typeof plain)[number] | 'is_important' | 'is_completed' | 'lead_id' | 'customer_id' | 'contact_id'
export type CallColumns = Partial<Pick<Columns, Named>>

/** The columns that the fields set; whom the call is with is for `person.ts` to say. */
export function columnsOf(fields: CallFields): CallColumns {
  const columns = Object.fromEntries(plain.filter(name => fields[name] !== undefined).map(name => [name, fields[name]]))
  return {
    ...columns,
    ...(fields.is_important !== undefined && { is_important: fields.is_important ? 1 : 0 }),
    ...(fields.is_completed !== undefined && { is_completed: fields.is_completed ? 1 : 0 })
  }
}
