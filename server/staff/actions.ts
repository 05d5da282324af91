import { isDuplicate } from '../db/dialect.ts'
import { insert } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { duplicate } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { fold } from '../platform/terms.ts'
import { transact } from '../platform/transact.ts'

export interface NewStaff {
  first_name: string
  last_name: string
  email: string
  is_admin?: boolean
  password_hash?: string | null
}

/** Adds a staff member and resolves with the id. Refuses (409) an e-mail that another one has. */
export function createStaff(
  ctx: Context,
  { first_name, last_name, email, is_admin = false, password_hash = null }: NewStaff
): Promise<number> {
  return transact(ctx, async ctx => {
    const row = { first_name, last_name, email, email_key: fold(email), password_hash, hourly_rate: 0, created_at: Date.now() }
    const { id } = await insert(ctx, 'staff', { ...row, is_admin: is_admin ? 1 : 0, is_active: 1, is_not_staff: 0 })
      .returning('id')
      .executeTakeFirstOrThrow()
      .catch(error => {
        throw isDuplicate(error, 'staff', 'email_key') ? duplicate({ email: 'is taken by another staff member' }) : error
      })
    recordEvent(ctx, 'staff.created', id, { email })
    return id
  })
}
