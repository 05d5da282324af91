import type { Rate } from '../config.ts'

/** What a caller has left: how many now, and in how many seconds one more (or all) will be there. */
export interface Allowance {
  allowed: boolean
  remaining: number
  resetSeconds: number
  retrySeconds: number
}

/** Counts calls per key; a key such as an app's id comes with its organization where it has one. */
export interface Limiter {
  /** Takes one call of `key` if there is credit: at once where no other process has to be asked. */
  take(key: string | number, organizationId?: number): Allowance | Promise<Allowance>
  /** What `take` would say as far as this process knows, taking nothing. */
  peek(key: string | number): Allowance
}

const sweepEvery = 10_000

/**
 * Counts calls of this process alone: `rate.amount` in `rate.seconds`, with at most `burst` at once (the generic cell rate algorithm).
 * By a clock that no one sets.
 */
export class RateLimiter implements Limiter {
  readonly #interval: number
  readonly #burst: number
  /** When each key's credit would be full again, in milliseconds. */
  readonly #full = new Map<string | number, number>()
  #calls = 0

  constructor(rate: Rate, burst: number) {
    this.#interval = (rate.seconds * 1000) / rate.amount
    this.#burst = burst
  }

  take(key: string | number): Allowance {
    const now = performance.now()
    if (++this.#calls % sweepEvery === 0) this.#sweep(now)
    const allowance = this.peek(key, now)
    if (allowance.allowed) this.#full.set(key, this.#next(key, now))
    return allowance
  }

  peek(key: string | number, now = performance.now()): Allowance {
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
