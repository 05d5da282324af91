import { isDuplicate } from '../db/dialect.ts'
import { insert, rows, update } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { duplicate, notFound } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import { transact } from '../platform/transact.ts'
import { replaceDepartments } from './departments.ts'
import { changesBetween, keysOf, type Member, memberColumns, newMember, saidOf } from './member.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { getStaff, type StaffRow } from './queries.ts'
import { demandRights, keepAnAdmin } from './rights.ts'
import type { NewStaff, StaffChange } from './schema.ts'

/**
 * Adds a staff member and resolves with it; one who is given no password has no password yet. Refuses (409) an e-mail that
 * another member has, (403) a password, role or admin right from a caller without staff:admin, and (422) a password that is too
 * easy and a role or department that does not exist.
 */
export async function createStaff(ctx: Context, { password, ...input }: NewStaff): Promise<StaffRow> {
  demandRights(ctx, { ...input, password })
  const password_hash = await hashOf(password)
  return enterStaff(ctx, input, password_hash ?? null)
}

/** The same with a password that is already hashed, for the transaction that makes an organization. */
export function enterStaff(ctx: Context, input: NewStaff, password_hash: string | null): Promise<StaffRow> {
  return transact(ctx, async ctx => {
    await checkReferences(ctx, { role_id: ['roles', input.role_id] })
    const member: Member = { ...newMember, ...saidOf(input) }
    const { id } = await insert(ctx, 'staff', { ...member, ...keysOf(member), password_hash, created_at: Date.now() })
      .returning('id')
      .executeTakeFirstOrThrow()
      .catch(refuseTaken)
    await replaceDepartments(ctx, id, input.department_ids ?? [])
    const { email, role_id, is_admin } = member
    recordEvent(ctx, 'staff.created', id, { email, role_id, is_admin })
    return getStaff(ctx, id)
  })
}

/**
 * Changes a staff member: what is undefined stays, null empties (a password too: there is none then), departments are replaced.
 * Resolves with the member. Refuses an id of nobody (404), what `createStaff` refuses, and (422) to leave the organization without an active admin.
 */
export async function updateStaff(ctx: Context, id: number, change: StaffChange): Promise<StaffRow> {
  demandRights(ctx, change)
  const said = saidOf(change)
  const password_hash = await hashOf(change.password)
  return transact(ctx, async ctx => {
    const before = await rows(ctx, 'staff').select(memberColumns).where('id', '=', id).executeTakeFirst()
    if (!before) throw notFound('staff member')
    await checkReferences(ctx, { role_id: ['roles', said.role_id] })
    const after: Member = { ...before, ...said }
    await keepAnAdmin(ctx, id, before, after)
    const changes = changesBetween(before, after)
    if (password_hash !== undefined) changes.password = true
    const { department_ids } = change
    const moved = department_ids === undefined ? undefined : await replaceDepartments(ctx, id, department_ids ?? [])
    if (moved) changes.department_ids = moved
    if (Object.keys(changes).length === 0) return getStaff(ctx, id)
    await update(ctx, 'staff')
      .set({ ...said, ...keysOf(after), ...(password_hash !== undefined && { password_hash }) })
      .where('id', '=', id)
      .execute()
      .catch(refuseTaken)
    recordEvent(ctx, eventOf(before, after), id, changes)
    return getStaff(ctx, id)
  })
}

/** undefined when nothing is said of the password, null when it is taken away. */
async function hashOf(password: string | null | undefined): Promise<string | null | undefined> {
  if (password === null || password === undefined) return password
  await checkPassword(password)
  return hashPassword(password)
}

const eventOf = (before: Member, after: Member): string =>
  before.is_active === after.is_active ? 'staff.updated' : after.is_active === 1 ? 'staff.activated' : 'staff.deactivated'

function refuseTaken(error: unknown): never {
  throw isDuplicate(error, 'staff', 'email_key') ? duplicate({ email: 'is taken by another staff member' }) : error
}
