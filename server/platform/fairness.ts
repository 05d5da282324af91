import { unavailable } from './errors.ts'

// Reader workers are few, and whoever waits for one waits in one line: no organization may fill it.

const most = 8

interface Places {
  taken: number
  waiting: (() => void)[]
}

const byOrganization = new WeakMap<object, Map<number, Places>>()

/**
 * Does heavy work of an organization, of which eight at most run or wait for a worker of the pool. Refuses (503) one more, or lets it
 * wait for its turn when it `goesOn` with what was begun.
 */
export async function inTurn<T>(pool: object, organizationId: number, goesOn: boolean, work: () => Promise<T>): Promise<T> {
  const all = byOrganization.get(pool) ?? new Map<number, Places>()
  byOrganization.set(pool, all)
  const places = all.get(organizationId) ?? { taken: 0, waiting: [] }
  all.set(organizationId, places)
  if (places.taken < most) places.taken += 1
  else if (goesOn) await new Promise<void>(resolve => places.waiting.push(resolve))
  else throw unavailable(`${most} searches or reports of this organization are running or waiting; try again when one is done`)
  try {
    return await work()
  } finally {
    const next = places.waiting.shift()
    if (next) next()
    else if (--places.taken === 0) all.delete(organizationId)
  }
}
