import { createApp, revokeApp } from '../auth/actions.ts'
import { listApps } from '../auth/queries.ts'
import { organizationOf } from '../auth/tokens.ts'
import type { Config } from '../config.ts'
import { isoTime } from '../platform/clock.ts'
import { Problem } from '../platform/errors.ts'
import { inOrganization } from './database.ts'
import { Failure } from './failures.ts'
import { print, printJson } from './output.ts'

interface NewApp {
  organization: number
  name: string
  scope?: string[]
  contact?: number
  json?: boolean
}

/** `liveforce app create`. */
export async function create(config: Config, { organization, name, scope, contact, json }: NewApp): Promise<void> {
  const input = { name: name.trim(), ...(scope && { scopes: [...new Set(scope)] }), ...(contact && { contactId: contact }) }
  const { clientId, accessToken } = await inOrganization(config, organization, ctx => createApp(ctx, input)).catch(refuseContact)
  if (json) printJson({ client_id: clientId, access_token: accessToken })
  else print('Created. The access token is seen only this once:', `  client_id     ${clientId}`, `  access_token  ${accessToken}`)
}

/** That there is no such contact is no matter of usage. */
function refuseContact(error: unknown): never {
  const message = error instanceof Problem ? error.fields?.contact : undefined
  throw message === undefined ? error : new Failure(`--contact ${message}`)
}

/** `liveforce app list`. */
export async function list(config: Config, { organization, json }: { organization: number; json?: boolean }): Promise<void> {
  const apps = (await inOrganization(config, organization, listApps)).map(app => ({
    ...app,
    scopes: app.scopes.split(' '),
    last_used_at: time(app.last_used_at),
    revoked_at: time(app.revoked_at),
    created_at: time(app.created_at)
  }))
  if (json) return printJson(apps)
  const rows = apps.map(({ client_id, revoked_at, last_used_at, name }) => {
    const state = revoked_at ? `revoked ${revoked_at}` : last_used_at ? `used ${last_used_at}` : 'never used'
    return `${client_id}  ${state.padEnd(32)}  ${name}`
  })
  print(...(rows.length > 0 ? rows : ['There are no apps.']))
}

const time = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))

/** `liveforce app revoke`. */
export async function revoke(config: Config, clientId: string): Promise<void> {
  const organization = organizationOf(clientId)
  if (organization === undefined) throw new Failure(`"${clientId}" is no client id; liveforce app list shows them`, 2)
  await inOrganization(config, organization, ctx => revokeApp(ctx, clientId))
  print(`Revoked ${clientId}.`)
}
