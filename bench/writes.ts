import { createOrganization } from '../server/organizations/actions.ts'
import { contextOf } from '../server/organizations/queries.ts'
import type { Context, House } from '../server/platform/context.ts'
import { openTicket } from '../server/tickets/actions.ts'
import { percentile } from './load.ts'
import { figure, note, table } from './report.ts'

// Changes of one organization go one after another, because each takes its place in the organization's order of events.

/** How many organizations, and how many tickets are opened at once. */
const cases = [
  [1, 1],
  [1, 16],
  [2, 16],
  [4, 16],
  [8, 16]
] as const

/** How many tickets one organization and several open a second, by the verb itself. */
export async function writes(house: House, seconds: number): Promise<string> {
  const rows: string[][] = []
  for (const [nth, [count, writers]] of cases.entries()) {
    note(`Opening tickets in ${count} organizations, ${writers} at once …`)
    const organizations = await Promise.all(
      Array.from({ length: count }, (_, place) => newOrganization(house, `${nth}-${place}`))
    )
    await open(organizations, writers, 1)
    const latencies = await open(organizations, writers, seconds)
    const [p50, p99] = [0.5, 0.99].map(share => figure(percentile(latencies, share)))
    rows.push([String(count), String(writers), figure(latencies.length / seconds), p50 as string, p99 as string])
  }
  return table(['organizations', 'tickets at once', 'tickets/s together', 'p50 ms', 'p99 ms'], rows)
}

async function newOrganization(house: House, name: string): Promise<Context> {
  const { organizationId } = await createOrganization(house, { name, email: `admin${name}@example.com` })
  return contextOf(house, organizationId)
}

/** Milliseconds of each ticket, ascending. */
async function open(organizations: Context[], writers: number, seconds: number): Promise<number[]> {
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  const writer = async (ctx: Context): Promise<void> => {
    while (performance.now() < end) {
      const began = performance.now()
      await openTicket(ctx, {
        subject: 'The printer is on fire',
        message: 'Since this morning.',
        name: 'Jane',
        email: 'jane@example.com'
      })
      latencies.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, nth) => writer(organizations[nth % organizations.length] as Context)))
  return latencies.sort((one, other) => one - other)
}
