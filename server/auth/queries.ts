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

type Scheme = 'basic' | 'bearer'

/** How many callers are kept at once. */
const most = 1000

interface Kept {
  caller: Caller
  /** The database's when it was asked. */
  version: number
}

/**
 * Tells the app behind an Authorization header. Who was found counts until any transaction of any process commits: reading goes
 * without asking the database again, and revoking works at once. Afterwards it is still familiar, until it is wrong.
 */
export class Callers {
  readonly #house: House
  readonly #schemes: readonly Scheme[]
  readonly #kept = new Map<string, Kept>()

  constructor(house: House, schemes: readonly Scheme[]) {
    this.#house = house
    this.#schemes = schemes
  }

  /** Who needs no asking: answered without waiting. */
  known(header = ''): Caller | undefined {
    const kept = this.#kept.get(header)
    return kept?.version === this.#house.store.version() ? kept.caller : undefined
  }

  /** Whether it was right when the database was last asked. */
  isFamiliar(header = ''): boolean {
    return this.#kept.has(header)
  }

  /** Asks the database. Throws 401. */
  async identify(header = ''): Promise<Caller> {
    const version = this.#house.store.version()
    const caller = await authenticate(this.#house, header, this.#schemes)
    this.#kept.delete(header)
    if (!caller)
      throw new Problem('unauthorized', 'Sign in with HTTP Basic: client_id as the user name and access_token as the password')
    if (this.#kept.size >= most) this.#kept.delete(this.#kept.keys().next().value as string)
    this.#kept.set(header, { caller, version })
    return caller
  }
}

async function authenticate(house: House, header: string, schemes: readonly Scheme[]): Promise<Caller | undefined> {
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
