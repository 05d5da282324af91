import { insert } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { type Permission, permissions } from '../platform/permissions.ts'

const employee: readonly Permission[] = [
  'staff:read',
  'customers:read',
  'leads:read',
  'leads:write',
  'deals:read',
  'deals:write',
  'tickets:read',
  'tickets:write',
  'calls:read',
  'calls:write'
]

/** The roles and the department that every organization begins with; call it inside a transaction. */
export async function addStaffDefaults(ctx: Context): Promise<void> {
  const manager = permissions.filter(permission => permission !== 'staff:admin')
  await insert(ctx, 'roles', [
    { name: 'Employee', permissions: JSON.stringify(employee) },
    { name: 'Manager', permissions: JSON.stringify(manager) }
  ]).execute()
  await insert(ctx, 'departments', { name: 'Support' }).execute()
}
