import type { House } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
import { authenticate, type Caller, type Scheme } from './queries.ts'

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
