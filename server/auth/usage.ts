import { update } from '../db/rows.ts'
import type { Store } from '../db/store.ts'

/** Remembers when each app was last used and writes it once a minute, unless another process knows better: no write per request. */
export class Usage {
  readonly #store: Store
  #seen = new Map<number, { organizationId: number; at: number }>()
  readonly #timer: NodeJS.Timeout

  constructor(store: Store) {
    this.#store = store
    this.#timer = setInterval(() => this.write().catch(() => {}), 60_000)
    this.#timer.unref()
  }

  note(organizationId: number, appId: number): void {
    const seen = this.#seen.get(appId)
    if (seen) seen.at = Date.now()
    else this.#seen.set(appId, { organizationId, at: Date.now() })
  }

  /** Writes what was noted; keeps it for the next time when the database cannot. */
  async write(): Promise<void> {
    const seen = this.#seen
    if (seen.size === 0) return
    this.#seen = new Map()
    try {
      await this.#store.transact(async db => {
        // In one order: two processes that write the same apps then do not wait for each other in a ring.
        for (const [id, { organizationId, at }] of [...seen].sort(([one], [other]) => one - other)) {
          await update({ db, organization: { id: organizationId } }, 'apps')
            .set({ last_used_at: at })
            .where('id', '=', id)
            .where(eb => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)]))
            .execute()
        }
      })
    } catch (error) {
      this.#seen = new Map([...seen, ...this.#seen])
      throw error
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }
}
