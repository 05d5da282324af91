import type { FastifyBaseLogger } from 'fastify'
import { sweepLeftovers } from './files/sweep.ts'
import type { House } from './platform/context.ts'

const hour = 3_600_000

/**
 * What nobody asks for and must be done, at start and every hour: leftover files are removed.
 * Needs the migrated database.
 */
export function keepHouse(house: House, log: FastifyBaseLogger): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const round = async (): Promise<void> => {
    try {
      await sweepLeftovers(house, stopping.signal)
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ err: error }, 'housekeeping failed, and is tried again in an hour')
    }
  }
  let running = round()
  const timer = setInterval(() => {
    running = running.then(round)
  }, hour)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      stopping.abort()
      await running
    }
  }
}
