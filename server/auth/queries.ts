import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context, House } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
import { isSameHash, organizationOf, readAuthorization } from './tokens.ts'

const appByClientId = prepared<{ client_id: string }>()((scope, arg) =>
  rows(scope, 'apps')
    .innerJoin('organizations', 'organizations.id', 'apps.organization_id')
    .select(['apps.id', 'apps.name', 'apps.token_hash', 'apps.scopes', 'apps.contact_id', 'apps.revoked_at'])
    .select(['organizations.time_zone', 'organizations.currency', 'organizations.link_secret'])
    .where('apps.client_id', '=', arg('client_id'))
)

export interface Caller {
  ctx: Context
  appId: number
}

/** The app behind an Authorization header, read anew at each request, so that revoking works at once. Throws 401. */
export async function authenticate(
  house: House,
  header: string | undefined,
  schemes: readonly ('basic' | 'bearer')[]
): Promise<Caller> {
  const { clientId, accessToken } = readAuthorization(header ?? '', schemes) ?? { clientId: '', accessToken: '' }
  const id = organizationOf(clientId) ?? 0
  const db = house.store.reader
  const app = await appByClientId.first({ db, organization: { id } }, { client_id: clientId })
  const known = app && app.revoked_at === null ? app : undefined
  if (!isSameHash(accessToken, known?.token_hash) || !known) {
    throw new Problem('unauthorized', 'Sign in with HTTP Basic: client_id as the user name and access_token as the password')
  }
  const organization = { id, timeZone: known.time_zone, currency: known.currency, linkSecret: known.link_secret }
  const ctx = {
    ...house,
    db,
    organization,
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
