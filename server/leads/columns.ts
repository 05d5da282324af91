import type { LeadsTable } from '../db/tables.ts'
import { unprocessable } from '../platform/errors.ts'
import { FieldError, readEmail } from '../platform/fields.ts'
import { caseKey, phoneDigits } from '../platform/terms.ts'
import type { LeadChange } from './schema.ts'

const texts = [
  'title',
  'company',
  'email',
  'phone',
  'description',
  'address',
  'city',
  'state',
  'zip',
  'country',
  'website'
] as const
const numbers = ['status_id', 'type_id', 'source_id', 'assigned_id', 'value'] as const
const flags = ['is_public', 'is_lost', 'is_junk'] as const

type Named = (typeof texts)[number] | (typeof numbers)[number] | (typeof flags)[number]
type Derived = 'email_key' | 'phone_digits' | 'has_chat' | 'chat_id' | 'chat_started_at'
export type LeadColumns = Partial<
  Omit<Pick<LeadsTable, Named | Derived | 'name'>, 'is_public' | 'is_lost' | 'is_junk' | 'has_chat'>
> & {
  [K in (typeof flags)[number] | 'has_chat']?: 0 | 1
}

/** The columns that a change sets, with those that follow from them. Refuses (422) what is no e-mail address. */
export function columnsOf(change: LeadChange): LeadColumns {
  const columns: LeadColumns = {}
  if (change.name !== undefined) columns.name = change.name.trim()
  for (const key of texts) if (change[key] !== undefined) columns[key] = change[key]?.trim() || null
  for (const key of numbers) if (change[key] !== undefined) columns[key] = change[key]
  for (const key of flags) if (change[key] !== undefined) columns[key] = change[key] ? 1 : 0
  if (columns.email !== undefined) columns.email_key = columns.email && caseKey(checkedEmail(columns.email))
  if (columns.phone !== undefined) columns.phone_digits = phoneDigits(columns.phone ?? '') || null
  if (change.chat !== undefined) {
    columns.has_chat = change.chat ? 1 : 0
    columns.chat_id = change.chat?.id || null
    columns.chat_started_at = change.chat?.started_at ?? null
  }
  return columns
}

function checkedEmail(email: string): string {
  try {
    return readEmail(email)
  } catch (error) {
    throw error instanceof FieldError ? unprocessable({ email: error.message }) : error
  }
}
