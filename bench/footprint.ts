import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Database } from './database.ts'
import { median } from './measure.ts'
import { figure, type Goal, note, table } from './report.ts'
import type { Seeded } from './seed.ts'

// What it takes before it does anything: memory, time to the first answer, disk.

export const footprintParts = ['memory'] as const

const limits = { memory: 120, start: 1000, install: 100 }

/** Starts the product a few times on a small database, looks at its memory, and adds up what a production install holds. */
export async function footprint(database: Database, seeded: Seeded): Promise<{ table: string; goals: Goal[] }> {
  note('  start, memory, install')
  const copied = await database.copy(seeded, 'footprint')
  const starts: number[] = []
  let memory = { all: 0, own: 0 }
  try {
    for (let round = 0; round < 5; round++) {
      const server = await database.startProduct(copied)
      starts.push(server.startedIn)
      if (round === 0) {
        await wait(5000)
        memory = await server.memory()
      }
      await server.stop()
    }
  } finally {
    await database.remove(copied)
  }
  const start = median(starts)
  const install = installed()
  return {
    table: table(
      ['before it does anything', ''],
      [
        [
          'memory five seconds after the start, all and without pages of files (MB)',
          `${figure(memory.all)} · ${figure(memory.own)}`
        ],
        ['start to first answer, median of 5 (ms)', figure(start)],
        ['production install (MB)', figure(install)]
      ]
    ),
    goals: [
      {
        promise: `Idle memory ≤ ${limits.memory} MB`,
        measured: `${figure(memory.all)} MB`,
        met: memory.all <= limits.memory
      },
      { promise: `Start to first answer ≤ ${limits.start} ms`, measured: `${figure(start)} ms`, met: start <= limits.start },
      { promise: `Production install ≤ ${limits.install} MB`, measured: `${figure(install)} MB`, met: install <= limits.install }
    ]
  }
}

interface Locked {
  dev?: boolean
  devOptional?: boolean
  link?: boolean
}

/** Megabytes of the packages that `npm ci --omit=dev` installs on this machine. */
function installed(): number {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  const paths = Object.entries(packages)
    .filter(([path, { dev, devOptional, link }]) => path.includes('node_modules/') && !dev && !devOptional && !link)
    .map(([path]) => path)
  return paths.reduce((sum, path) => sum + sizeOf(join(root, path)), 0) / 1e6
}

/** Bytes on disk below a package's folder, without the packages nested in it. */
function sizeOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return (stat.blocks || Math.ceil(stat.size / 512)) * 512
  return readdirSync(path)
    .filter(name => name !== 'node_modules')
    .reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
