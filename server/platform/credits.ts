import type { Rate } from '../config.ts'
import { databaseNow } from '../db/dialect.ts'
import type { Prepared } from '../db/prepared.ts'
import type { Store } from '../db/store.ts'
import { type Allowance, type Limiter, RateLimiter } from './limits.ts'
import { type CreditTable, type Loan, lending, spanOf } from './slots.ts'

// A rate that holds over all processes. Think of slots, one `interval` apart, of which a key may take those of the next `burst`
// intervals: that many calls at once, and on the whole the rate. A process takes a few slots in one statement and serves calls from them
// without asking again; a slot that is not used by its time is lost. As each call has a slot that lies ahead of it, no window of time sees
// more than the rate and the burst, however many processes there are.

/** What this process knows of a key. Times are by its own clock, which no one sets. */
interface Account {
  /** Calls of the last loan that are left. */
  left: number
  /** When the last slot's time comes, and with it all calls are there again. */
  full: number
  borrowing?: Promise<number>
  failedAt?: number
}

const sweepEvery = 10_000
const retryMs = 1000

/** Counts calls per key over all processes of a database; while it cannot be written, each process counts for itself. */
export class SharedLimiter implements Limiter {
  readonly #store: Store
  readonly #lend: Prepared<{ key: string | number }, Loan>
  readonly #interval: number
  readonly #span: number
  readonly #alone: RateLimiter
  readonly #accounts = new Map<string | number, Account>()
  #calls = 0

  constructor(store: Store, table: CreditTable, rate: Rate, burst: number) {
    this.#store = store
    this.#lend = lending(table, rate, burst)
    this.#interval = (rate.seconds * 1000) / rate.amount
    this.#span = spanOf(rate, burst)
    this.#alone = new RateLimiter(rate, burst)
  }

  take(key: string | number, organizationId = 0): Allowance | Promise<Allowance> {
    const now = performance.now()
    if (++this.#calls % sweepEvery === 0) this.#sweep(now)
    const account = this.#accountOf(key)
    if (account.failedAt !== undefined) {
      if (now - account.failedAt > retryMs) this.#borrow(account, key, organizationId)
      return this.#alone.take(key)
    }
    const held = this.#heldOf(account, now)
    if (held > 0) {
      account.left = held - 1
      return this.#allowance(account, now, true)
    }
    if (now < this.#nextOf(account)) return this.#allowance(account, now, false)
    return this.#borrow(account, key, organizationId).then(lent =>
      lent > 0 ? this.take(key, organizationId) : this.#allowance(account, performance.now(), false)
    )
  }

  peek(key: string | number): Allowance {
    const now = performance.now()
    const account = this.#accounts.get(key)
    if (!account || account.failedAt !== undefined) return this.#alone.peek(key)
    return this.#allowance(account, now, this.#heldOf(account, now) > 0 || now >= this.#nextOf(account))
  }

  #accountOf(key: string | number): Account {
    let account = this.#accounts.get(key)
    if (!account) {
      account = { left: 0, full: Number.NEGATIVE_INFINITY }
      this.#accounts.set(key, account)
    }
    return account
  }

  /** The calls that are left of the loan and whose time has not passed. */
  #heldOf({ left, full }: Account, now: number): number {
    return Math.min(left, Math.ceil((full - now) / this.#interval))
  }

  /** When there is something to borrow again. */
  #nextOf({ full }: Account): number {
    return full + this.#interval - this.#span
  }

  #allowance(account: Account, now: number, allowed: boolean): Allowance {
    const ahead = Math.max(0, account.full - now)
    const held = Math.max(0, this.#heldOf(account, now))
    return {
      allowed,
      remaining: held + Math.max(0, Math.floor((this.#span - ahead) / this.#interval)),
      resetSeconds: Math.ceil(ahead / 1000),
      retrySeconds: Math.max(1, Math.ceil((this.#nextOf(account) - now) / 1000))
    }
  }

  /** Resolves with how many calls were lent; one loan at a time serves all that wait. */
  #borrow(account: Account, key: string | number, organizationId: number): Promise<number> {
    account.borrowing ??= this.#ask(account, key, organizationId).finally(() => {
      delete account.borrowing
    })
    return account.borrowing
  }

  async #ask(account: Account, key: string | number, organizationId: number): Promise<number> {
    try {
      return await this.#store.transact(async db => {
        const now = performance.now()
        const loan = await this.#lend.first({ db, organization: { id: organizationId } }, { key })
        const { calls, full_at, lent_at } = loan as Loan
        account.left = calls
        account.full = now + full_at - lent_at
        delete account.failedAt
        return calls
      })
    } catch {
      account.failedAt = performance.now()
      return 1
    }
  }

  #sweep(now: number): void {
    for (const [key, { full, borrowing }] of this.#accounts) if (full <= now && !borrowing) this.#accounts.delete(key)
  }
}

/** Forgets the addresses that have all their calls again. */
export async function forgetAddresses(store: Store): Promise<void> {
  await store.transact(db => db.kysely.deleteFrom('address_credits').where('full_at', '<=', databaseNow(db)).execute())
}
