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
