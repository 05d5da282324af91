import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context, House } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
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

type App =
  | (NonNullable<Awaited<ReturnType<typeof appByClientId.first>>> &
      NonNullable<Awaited<ReturnType<typeof organizationOfCaller.first>>>)
  | undefined

/** Apps as they stand in the database: what was read is kept until any transaction commits, so that revoking works at once. */
export class Apps {
  readonly #house: House
  readonly #kept = new Map<string, App>()
  #version = -1

  constructor(house: House) {
    this.#house = house
  }

  async find(clientId: string, organizationId: number): Promise<App> {
    const { store } = this.#house
    const version = store.version()
    if (version !== this.#version || this.#kept.size > 10_000) this.#kept.clear()
    this.#version = version
    const kept = this.#kept.get(clientId)
    if (kept) return kept
    const scope = { db: store.reader, organization: { id: organizationId } }
    const row = await appByClientId.first(scope, { client_id: clientId })
    const organization = await organizationOfCaller.first(scope, {})
    const app = row && organization && { ...row, ...organization }
    if (app) this.#kept.set(clientId, app)
    return app
  }
}

/** The app behind an Authorization header. Throws 401. */
export async function authenticate(
  house: House,
  apps: Apps,
  header: string | undefined,
  schemes: readonly ('basic' | 'bearer')[]
): Promise<Caller> {
  const { clientId, accessToken } = readAuthorization(header ?? '', schemes) ?? { clientId: '', accessToken: '' }
  const id = organizationOf(clientId) ?? 0
  const db = house.store.reader
  const app = await apps.find(clientId, id)
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
