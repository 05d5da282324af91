import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Store } from '../db/store.ts'

/** A lease's row as this process saw it last; `at` by its own clock, which no one sets. */
interface Seen {
  holder: string
  until: number
  at: number
}

/**
 * A name that one process at a time holds, over all processes and machines of a database. No two clocks are compared: the holder counts
 * from before it renewed, and another takes over a row that it has itself seen unchanged for as long. `until` tells people when the lease
 * ends, and others that it was renewed.
 */
class Lease {
  readonly #store: Store
  readonly #name: string
  readonly #ms: number
  readonly #holder = randomUUID()
  #seen: Seen | undefined
  #heldUntil = Number.NEGATIVE_INFINITY

  constructor(store: Store, name: string, ms: number) {
    this.#store = store
    this.#name = name
    this.#ms = ms
  }

  /** For how many milliseconds this process may still act in the name. */
  get left(): number {
    return this.#heldUntil - performance.now()
  }

  /** Takes or renews it if it is this process's or free; resolves whether this process holds it now. */
  async take(): Promise<boolean> {
    if (this.left <= 0 && !(await this.#isFree())) return false
    const at = performance.now()
    const until = Math.max(Date.now() + this.#ms, (this.#seen?.until ?? 0) + 1)
    const isTaken = await this.#store.transact(async ({ kysely }) => {
      const own = { holder: this.#holder, until }
      const row = await kysely
        .insertInto('leases')
        .values({ name: this.#name, ...own })
        .onConflict(conflict =>
          conflict
            .column('name')
            .doUpdateSet(own)
            .where(eb =>
              eb.or([
                eb('leases.holder', '=', this.#holder),
                eb.and({ 'leases.holder': this.#seen?.holder ?? '', 'leases.until': this.#seen?.until ?? 0 })
              ])
            )
        )
        .returning('until')
        .executeTakeFirst()
      return row !== undefined
    })
    this.#heldUntil = isTaken ? at + this.#ms : Number.NEGATIVE_INFINITY
    if (isTaken) this.#seen = { holder: this.#holder, until, at }
    return isTaken
  }

  /** Gives it back, so that another need not wait. */
  async release(): Promise<void> {
    this.#heldUntil = Number.NEGATIVE_INFINITY
    await this.#store.transact(({ kysely }) =>
      kysely.deleteFrom('leases').where('name', '=', this.#name).where('holder', '=', this.#holder).execute()
    )
  }

  async #isFree(): Promise<boolean> {
    const row = await this.#store.reader.kysely
      .selectFrom('leases')
      .select(['holder', 'until'])
      .where('name', '=', this.#name)
      .executeTakeFirst()
    if (!row || row.holder === this.#holder) return true
    const { holder, until, at } = this.#seen ?? {}
    if (at !== undefined && row.holder === holder && row.until === until) return performance.now() - at >= this.#ms
    this.#seen = { ...row, at: performance.now() }
    return false
  }
}

/**
 * Has `work` done by one process at a time of all that call this on one database: here as soon as this process holds the lease `name`.
 * `work` goes on until its signal is aborted, which happens when it is stopped or when the lease could not be renewed in time. A holder
 * that dies is followed by another after `ms` to 1⅓ `ms`, one that stops within a third of `ms`.
 */
export function underLease(
  store: Store,
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
  log: FastifyBaseLogger,
  ms = 30_000
): { stop(): Promise<void> } {
  const lease = new Lease(store, name, ms)
  const stopping = new AbortController()
  const take = (): Promise<boolean> =>
    lease.take().catch(error => {
      log.warn({ err: error, lease: name }, 'a lease could not be asked for')
      return lease.left > 0
    })
  const pause = (): Promise<void> => wait(ms / 3, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
  const isStopping = (): boolean => stopping.signal.aborted

  const workWhileHeld = async (): Promise<void> => {
    const ending = new AbortController()
    const working = work(ending.signal).catch(error => {
      if (!ending.signal.aborted) log.error({ err: error, lease: name }, 'work failed')
    })
    while (!isStopping() && !ending.signal.aborted && lease.left > 0) {
      const deadline = setTimeout(() => ending.abort(), lease.left)
      await pause()
      if (!isStopping()) await take()
      clearTimeout(deadline)
    }
    ending.abort()
    await working
  }

  const run = async (): Promise<void> => {
    while (!isStopping()) {
      if (await take()) await workWhileHeld()
      else await pause()
    }
    if (lease.left > 0) await lease.release().catch(() => {})
  }
  const running = run()
  return {
    stop: async () => {
      stopping.abort()
      await running
    }
  }
}
