import { insert, remove, rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'

/**
 * Puts a member into exactly these departments; call it inside the verb's transaction. Resolves with the ids before and after, or
 * undefined when they are the same. Refuses (422) one that is not of this organization.
 */
export async function replaceDepartments(
  ctx: Context,
  staffId: number,
  ids: number[]
): Promise<[number[], number[]] | undefined> {
  const after = [...new Set(ids)].sort((a, b) => a - b)
  const known = after.length > 0 ? await rows(ctx, 'departments').select('id').where('id', 'in', after).execute() : []
  if (known.length < after.length) throw unprocessable({ department_ids: 'names no department of this organization' })
  const current = await rows(ctx, 'staff_departments')
    .select('department_id')
    .where('staff_id', '=', staffId)
    .orderBy('department_id')
    .execute()
  const before = current.map(({ department_id }) => department_id)
  if (before.join() === after.join()) return undefined
  await remove(ctx, 'staff_departments').where('staff_id', '=', staffId).execute()
  if (after.length > 0) {
    const values = after.map(department_id => ({ staff_id: staffId, department_id }))
    await insert(ctx, 'staff_departments', values).execute()
  }
  return [before, after]
}
