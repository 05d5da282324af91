import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { sweepLeftovers } from './files/sweep.ts'
import type { House } from './platform/context.ts'
import { forgetAddresses } from './platform/credits.ts'
import { underLease } from './platform/leases.ts'

const hour = 3_600_000

/**
 * What nobody asks for and must be done, at start and every hour, by one process at a time: leftover files are removed, and addresses
 * forgotten that failed to sign in. Needs the migrated database.
 */
export function keepHouse(house: House, log: FastifyBaseLogger): { stop(): Promise<void> } {
  const round = async (signal: AbortSignal): Promise<void> => {
    try {
      await sweepLeftovers(house, signal)
      await forgetAddresses(house.store)
    } catch (error) {
      if (!signal.aborted) log.error({ err: error }, 'housekeeping failed, and is tried again in an hour')
    }
  }
  return underLease(
    house.store,
    'housekeeping',
    async signal => {
      while (!signal.aborted) {
        await round(signal)
        await wait(hour, undefined, { signal, ref: false }).catch(() => {})
      }
    },
    log
  )
}
