import { type SelectQueryBuilder, sql } from 'kysely'
import { containsAll } from '../db/dialect.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import type { Tables } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { notFound, unprocessable } from '../platform/errors.ts'
import { fold, phoneDigits } from '../platform/terms.ts'
import type { StaffFilter } from './schema.ts'

const activeMember = prepared<{ id: number }>()((scope, arg) =>
  rows(scope, 'staff').select(['id', 'first_name', 'last_name', 'email']).where('id', '=', arg('id')).where('is_active', '=', 1)
)

/** The context of a staff member for whom the app acts; without one the app itself acts. Refuses (422) a stranger. */
export async function actAs(ctx: Context, staffId: number | null | undefined): Promise<Context> {
  if (staffId === null || staffId === undefined) return ctx
  const member = await activeMember.first(ctx, { id: staffId })
  if (!member) throw unprocessable({ staff_id: 'names no active staff member of this organization' })
  return { ...ctx, actor: { kind: 'staff', id: member.id, name: fullName(member), email: member.email } }
}

export const fullName = (member: { first_name: string; last_name: string }): string =>
  `${member.first_name} ${member.last_name}`.trim()

/** The acting staff member's id, or null when the app or the installation acts. */
export const actingStaffId = ({ actor }: Context): number | null => (actor.kind === 'staff' ? actor.id : null)

// Named one by one, so that no password hash can come along.
const ownColumns = [
  'staff.id',
  'staff.email',
  'staff.first_name',
  'staff.last_name',
  'staff.phone',
  'staff.facebook',
  'staff.linkedin',
  'staff.skype',
  'staff.profile_image',
  'staff.created_at',
  'staff.last_login_at',
  'staff.last_activity_at',
  'staff.is_admin',
  'staff.role_id',
  'roles.name as role_name',
  'staff.is_active',
  'staff.is_not_staff',
  'staff.hourly_rate',
  'staff.default_language',
  'staff.email_signature'
] as const

/** What `staffPage` reads of each member, in order. */
export const staffColumns = [...ownColumns, 'full_name', 'department_ids'] as const

const withRole = (query: SelectQueryBuilder<Tables, 'staff', object>) =>
  query
    .leftJoin('roles', join =>
      join.onRef('roles.organization_id', '=', 'staff.organization_id').onRef('roles.id', '=', 'staff.role_id')
    )
    .select(ownColumns)
    .select(eb => [
      sql<string>`trim(staff.first_name || ' ' || staff.last_name)`.as('full_name'),
      eb
        .selectFrom('staff_departments')
        .select(sql<string>`string_agg(cast(department_id as text), ',' order by department_id)`.as('ids'))
        .whereRef('staff_departments.organization_id', '=', 'staff.organization_id')
        .whereRef('staff_departments.staff_id', '=', 'staff.id')
        .as('department_ids')
    ])

const memberById = prepared<{ id: number }>()((scope, arg) => withRole(rows(scope, 'staff').where('staff.id', '=', arg('id'))))

/** A staff member; `department_ids` joined with commas, null for none. */
export type StaffRow = NonNullable<Awaited<ReturnType<typeof memberById.first>>>

/** The staff member of this id, active or not; 404 when there is none. */
export async function getStaff(ctx: Context, id: number): Promise<StaffRow> {
  const member = await memberById.first(ctx, { id })
  if (!member) throw notFound('staff member')
  return member
}

const filtered = (scope: Scope, given: StaffFilter) =>
  rows(scope, 'staff')
    .$if(given.is_active !== undefined, query => query.where('staff.is_active', '=', given.is_active!))
    .$if(given.role_id !== undefined, query => query.where('staff.role_id', given.role_id === null ? 'is' : '=', given.role_id!))
    .$if(given.words !== undefined, query => query.where(containsAll(scope, 'staff.search_key', given.words!)))

/** A page of staff members as arrays of `staffColumns`, in order of first name. */
export const staffPage = preparedList<StaffFilter & { take: number; offset: number }>()((scope, given) =>
  withRole(filtered(scope, given)).orderBy('staff.first_name_key').orderBy('staff.id').limit(given.take).offset(given.offset)
)

/** How many staff members match. */
export const staffCount = preparedList<StaffFilter>()((scope, given) =>
  filtered(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

const phonePattern = /^[\d\s()+./-]+$/
const leastDigits = 4

/** What a member is found by. */
export const searchKey = (member: { first_name: string; last_name: string; email: string; phone: string | null }): string => {
  const { first_name, last_name, email, phone } = member
  return fold([first_name, last_name, email, phone ?? '', phoneDigits(phone ?? '')].join(' '))
}

/** The words of a search for `StaffFilter`: a phone number however it is written is one word, else they stand between blanks. */
export function searchWords(search: string): string {
  // A leading zero may be the trunk prefix, which a number kept with its country lacks.
  const digits = phonePattern.test(search) ? phoneDigits(search).replace(/^0+/, '') : ''
  return JSON.stringify(digits.length >= leastDigits ? [digits] : fold(search).split(/\s+/).filter(Boolean))
}
