import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'
import { demand } from '../platform/permissions.ts'
import type { Member } from './member.ts'
import type { NewStaff, StaffChange } from './schema.ts'

/** Refuses (403) a caller without staff:admin who says anything of a password, a role or the admin right. */
export function demandRights(ctx: Context, { password, role_id, is_admin }: NewStaff | StaffChange): void {
  if (password !== undefined || role_id !== undefined || is_admin !== undefined) demand(ctx, 'staff:admin')
}

/** Refuses (422) a change after which nobody would be an active admin; call it inside the verb's transaction. */
export async function keepAnAdmin(ctx: Context, id: number, before: Member, after: Member): Promise<void> {
  const wasOne = before.is_admin === 1 && before.is_active === 1
  if (!wasOne || (after.is_admin === 1 && after.is_active === 1)) return
  const another = await rows(ctx, 'staff')
    .select('id')
    .where('is_active', '=', 1)
    .where('is_admin', '=', 1)
    .where('id', '!=', id)
    .limit(1)
    .executeTakeFirst()
  if (another) return
  const reason = 'must stay 1: this is the last active admin'
  throw unprocessable({
    ...(after.is_admin === 0 && { is_admin: reason }),
    ...(after.is_active === 0 && { is_active: reason })
  })
}
