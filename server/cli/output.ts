import type { CreatedOrganization } from '../organizations/actions.ts'

/** Prints lines on standard output, where results go; what a person may want to know meanwhile goes to standard error. */
export const print = (...lines: string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`)
}

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

/** A new organization as `--json` prints it. */
export const created = ({ organizationId, admin, app }: CreatedOrganization) => ({
  organization_id: organizationId,
  admin,
  app: { client_id: app.clientId, access_token: app.accessToken }
})

/** A new organization's credentials for a person to read. */
export const credentialLines = (name: string, { organizationId, admin, app }: CreatedOrganization): string[] => [
  `  organization  ${organizationId} (${name})`,
  `  e-mail        ${admin.email}`,
  `  password      ${admin.password}`,
  `  client_id     ${app.clientId}`,
  `  access_token  ${app.accessToken}`
]
