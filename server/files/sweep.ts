import type { House } from '../platform/context.ts'
import { sweep } from '../platform/storage.ts'
import { knownKeys } from './queries.ts'

const hour = 3_600_000
const day = 24 * hour

/** Removes files older than a day that no row names: what a crash between file and row left. At start, then every hour. */
export function sweepLeftovers({ store, storage }: House, failed: (error: unknown) => void): { stop: () => Promise<void> } {
  const run = (): Promise<unknown> => sweep(storage, new Date(Date.now() - day), keys => knownKeys(store, keys)).catch(failed)
  let running = run()
  const timer = setInterval(() => {
    running = run()
  }, hour)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    }
  }
}
