import { cpus } from 'node:os'
import type { Database } from './database.ts'
import { load } from './load.ts'
import { median } from './measure.ts'
import { figure, type Goal, note, table } from './report.ts'
import { get } from './requests.ts'
import type { Seeded } from './seed.ts'
import type { Server } from './servers.ts'
import { randomFrom } from './words.ts'

// Two workers against one. The load, a database of its own and whatever else runs here take their part of the same cores, so the rate
// is set against what the workers could have: what they used and what was left idle. One that waits where it could work falls behind.

export const workerParts = ['workers'] as const

const leastGain = 1.6
const cores = cpus().length

interface Capacity {
  perSecond: number
  /** Cores that the workers used, and that they could have used. */
  used: number
  free: number
  /** Requests a second if nothing else took the cores. */
  alone: number
}

/** Serves reads with one worker and with two, in turns. */
export async function workers(
  database: Database,
  seeded: Seeded,
  { quick }: { quick: boolean }
): Promise<{ table: string; goals: Goal[] }> {
  const one = await database.startProduct(seeded, { args: ['--workers', '1'] })
  const two = await database.startProduct(seeded, { args: ['--workers', '2'] })
  const results: { title: string; one: Capacity; two: Capacity; gain: number }[] = []
  try {
    for (const [title, next] of Object.entries(readsOf(seeded))) {
      note(`  ${title}: one worker and two`)
      const rounds: [Capacity, Capacity][] = []
      for (let round = 0; round < (quick ? 3 : 5); round++)
        rounds.push([await measure(one, 1, next), await measure(two, 2, next)])
      const gain = median(rounds.map(([single, both]) => both.alone / single.alone))
      const [single, both] = rounds.sort((a, b) => a[1].alone / a[0].alone - b[1].alone / b[0].alone)[rounds.length >> 1]!
      results.push({ title, one: single, two: both, gain })
    }
  } finally {
    await Promise.all([one.stop(), two.stop()])
  }
  return report(results)
}

function readsOf({ authorization, rows }: Seeded): Record<string, () => Buffer> {
  const random = randomFrom(6)
  const list = get('/api/v1/ticket/list?limit=25', authorization)
  return {
    '`GET /ticket/details`': () => get(`/api/v1/ticket/details/${1 + Math.floor(random() * rows)}`, authorization),
    '`GET /ticket/list?limit=25`': () => list
  }
}

const requests = 12_000
/** Connections are dealt to the workers in turn: many, so that both have work. */
const connections = 16

async function measure(server: Server, count: number, next: () => Buffer): Promise<Capacity> {
  await load({ port: server.port, connections, requests: requests / 10, next })
  const [cpuBefore, idleBefore] = [await server.cpu(), idle()]
  const { seconds } = await load({ port: server.port, connections, requests, next })
  const used = ((await server.cpu()) - cpuBefore) / 1000 / seconds
  const free = Math.min(count, used + (idle() - idleBefore) / 1000 / seconds)
  const perSecond = requests / seconds
  return { perSecond, used, free, alone: (perSecond * count) / free }
}

/** Milliseconds that all cores together had nothing to do. */
const idle = (): number => cpus().reduce((sum, { times }) => sum + times.idle, 0)

function report(results: { title: string; one: Capacity; two: Capacity; gain: number }[]): { table: string; goals: Goal[] } {
  const both = (one: Capacity, two: Capacity, key: keyof Capacity): string => `${figure(one[key])} / ${figure(two[key])}`
  return {
    table: table(
      [
        'one worker / two',
        'requests/s',
        'cores used by them',
        'cores free for them',
        'requests/s with cores of their own',
        'ratio'
      ],
      results.map(({ title, one, two, gain }) => [
        title,
        ...(['perSecond', 'used', 'free', 'alone'] as const).map(key => both(one, two, key)),
        `**${figure(gain)}**`
      ])
    ),
    goals: results.map(({ title, gain }) => ({
      promise: `${title}: two workers ≥ ${leastGain} × one, on ${cores} cores`,
      measured: `${figure(gain)} ×`,
      met: gain >= leastGain
    }))
  }
}
