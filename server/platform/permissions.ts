import type { Context } from './context.ts'
import { Problem } from './errors.ts'

/** The closed list of what an app may be allowed; a route names one of them. */
export const permissions = [
  'staff:read',
  'staff:write',
  'staff:admin',
  'customers:read',
  'customers:write',
  'leads:read',
  'leads:write',
  'deals:read',
  'deals:write',
  'tickets:read',
  'tickets:write',
  'calls:read',
  'calls:write'
] as const

export type Permission = (typeof permissions)[number]

export const isPermission = (text: string): text is Permission => permissions.some(known => known === text)

/** Refuses (403) a caller who lacks the permission. */
export function demand({ scopes }: Pick<Context, 'scopes'>, permission: Permission): void {
  if (!scopes.includes(permission)) throw new Problem('forbidden', `This app lacks the scope ${permission}`)
}
