import type { Selectable } from 'kysely'
import type { StaffTable } from '../db/tables.ts'
import { unprocessable } from '../platform/errors.ts'
import { caseKey, fold } from '../platform/terms.ts'
import { searchKey } from './queries.ts'
import type { NewStaff, StaffChange } from './schema.ts'

// A staff member as the verbs change it: what is said, in columns.

export const memberColumns = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'facebook',
  'linkedin',
  'skype',
  'default_language',
  'email_signature',
  'hourly_rate',
  'role_id',
  'is_admin',
  'is_active'
] as const

export type Member = Pick<Selectable<StaffTable>, (typeof memberColumns)[number]>

export const newMember: Member = {
  first_name: '',
  last_name: '',
  email: '',
  phone: null,
  facebook: null,
  linkedin: null,
  skype: null,
  default_language: null,
  email_signature: null,
  hourly_rate: 0,
  role_id: null,
  is_admin: 0,
  is_active: 1
}

/** The columns that the input says anything of. Refuses (422) an empty e-mail. */
export function saidOf(input: NewStaff | StaffChange): Partial<Member> {
  if (input.email === null) throw unprocessable({ email: 'must not be empty' })
  const { last_name, hourly_rate, is_admin, is_active, role_id, department_ids, password, ...texts } = input
  const said = {
    ...texts,
    last_name: last_name === null ? '' : last_name,
    hourly_rate: hourly_rate === null ? 0 : hourly_rate,
    role_id,
    is_admin: flag(is_admin),
    is_active: flag(is_active)
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

const flag = (value: boolean | null | undefined): 0 | 1 | undefined => (value === undefined ? undefined : value ? 1 : 0)

const longestKey = 191

/** The columns made from others. */
export function keysOf(member: Member): Pick<Selectable<StaffTable>, 'email_key' | 'first_name_key' | 'search_key'> {
  const first_name_key = [...fold(member.first_name)].slice(0, longestKey).join('')
  return { email_key: caseKey(member.email), first_name_key, search_key: searchKey(member) }
}

/** Column → before and after, of those that differ; of a long text only that it does. */
export function changesBetween(before: Member, after: Member): Record<string, unknown> {
  const changed = memberColumns.filter(name => before[name] !== after[name])
  return Object.fromEntries(changed.map(name => [name, name === 'email_signature' ? true : [before[name], after[name]]]))
}
