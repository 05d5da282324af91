import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'

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
