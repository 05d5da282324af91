import type { Rate } from '../config.ts'

/** What a caller has left: how many now, and in how many seconds one more (or all) will be there. */
export interface Allowance {
  allowed: boolean
  remaining: number
  resetSeconds: number
  retrySeconds: number
}

const sweepEvery = 10_000

/** Counts calls per key: `rate.amount` in `rate.seconds`, with at most `burst` at once (the generic cell rate algorithm). */
export class RateLimiter {
  readonly #interval: number
  readonly #burst: number
  /** When each key's credit would be full again, in milliseconds. */
  readonly #full = new Map<string | number, number>()
  #calls = 0

  constructor(rate: Rate, burst: number) {
    this.#interval = (rate.seconds * 1000) / rate.amount
    this.#burst = burst
  }

  /** Takes one call of `key` if there is credit. */
  take(key: string | number, now = Date.now()): Allowance {
    if (++this.#calls % sweepEvery === 0) this.#sweep(now)
    const allowance = this.peek(key, now)
    if (allowance.allowed) this.#full.set(key, this.#next(key, now))
    return allowance
  }

  /** What `take` would say, taking nothing. */
  peek(key: string | number, now = Date.now()): Allowance {
    const next = this.#next(key, now)
    const allowed = next - now <= this.#burst * this.#interval
    const after = allowed ? next : next - this.#interval
    return {
      allowed,
      remaining: Math.max(0, Math.floor(this.#burst - (after - now) / this.#interval)),
      resetSeconds: Math.ceil((after - now) / 1000),
      retrySeconds: Math.max(1, Math.ceil((next - now - this.#burst * this.#interval) / 1000))
    }
  }

  /** When the credit would be full again after another call. */
  #next(key: string | number, now: number): number {
    return Math.max(this.#full.get(key) ?? now, now) + this.#interval
  }

  #sweep(now: number): void {
    for (const [key, full] of this.#full) if (full <= now) this.#full.delete(key)
  }
}
