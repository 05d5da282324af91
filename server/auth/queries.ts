import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context, House } from '../platform/context.ts'
import { isSameHash, organizationOf, readAuthorization } from './tokens.ts'

const appByClientId = prepared<{ client_id: string }>()((scope, arg) =>
  rows(scope, 'apps')
    .select(['id', 'name', 'token_hash', 'scopes', 'contact_id', 'revoked_at'])
    .where('client_id', '=', arg('client_id'))
)

const organizationOfCaller = prepared<object>()(({ db, organization }) =>
  db.kysely.selectFrom('organizations').select(['time_zone', 'currency', 'link_secret']).where('id', '=', organization.id)
)

export interface Caller {
  ctx: Context
  appId: number
}

export type Scheme = 'basic' | 'bearer'

/** The app behind an Authorization header of one of these schemes, if it is right. */
export async function authenticate(house: House, header: string, schemes: readonly Scheme[]): Promise<Caller | undefined> {
  const { clientId, accessToken } = readAuthorization(header, schemes) ?? { clientId: '', accessToken: '' }
  const id = organizationOf(clientId) ?? 0
  const db = house.store.reader
  const scope = { db, organization: { id } }
  const app = await appByClientId.first(scope, { client_id: clientId })
  const organization = await organizationOfCaller.first(scope, {})
  const known = app && organization && app.revoked_at === null ? app : undefined
  if (!isSameHash(accessToken, known?.token_hash) || !known || !organization) return undefined
  const ctx = {
    ...house,
    db,
    organization: {
      id,
      timeZone: organization.time_zone,
      currency: organization.currency,
      linkSecret: organization.link_secret
    },
    actor: { kind: 'app' as const, id: known.id, name: known.name },
    scopes: known.scopes.split(' '),
    contactId: known.contact_id
  }
  return { ctx, appId: known.id }
}

/** The organization's apps, newest first; never their tokens. */
export const listApps = (ctx: Pick<Context, 'db' | 'organization'>) =>
  rows(ctx, 'apps')
    .select(['id', 'name', 'client_id', 'scopes', 'contact_id', 'last_used_at', 'revoked_at', 'created_at'])
    .orderBy('id', 'desc')
    .execute()
