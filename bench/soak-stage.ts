import { spawnSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../server/db/migrate.ts'
import { openStore } from '../server/db/open.ts'
import type { Store } from '../server/db/store.ts'
import { createOrganization } from '../server/organizations/actions.ts'
import { contextOf } from '../server/organizations/queries.ts'
import { type PgBouncer, startPgBouncer } from '../server/pgbouncer.testing.ts'
import { openDisk } from '../server/platform/storage/disk.ts'
import { giveTo, ownerOfServer } from '../server/postgres.binaries.testing.ts'
import { databaseUrl, type OwnPostgres, query, startOwnPostgres } from '../server/postgres.testing.ts'
import { startProxy, type TestProxy } from '../server/proxy.testing.ts'
import { seedDemo } from '../server/seed/demo.ts'
import { type Server, startProduct } from './servers.ts'

// What the soak plays on: a database, two servers on it, and what stands between them.

/** A server of the product, in whatever process it is now. */
export interface Seat {
  name: string
  server: Server
  /** Ends it as a crash does, and starts it again. */
  restart(): Promise<void>
  /** When it was surely or maybe away, as `Date.now()`. */
  away: { from: number; to: number }[]
}

export interface Wire {
  server: OwnPostgres
  proxy: TestProxy
  pooler: { stop(): Promise<void>; start(): Promise<void> }
  /** Of the database, directly. */
  url: string
}

export interface Stage {
  title: string
  store: Store
  seats: Seat[]
  /** Of one app in each organization. */
  authorizations: string[]
  files: string
  /** PostgreSQL and the way to it; absent with SQLite. */
  wire: Wire | undefined
  /** A small file system with the tables, where one could be made. */
  small: string | undefined
  /** Sets the second server's clock off by so many seconds, where that can be done. */
  setClock: ((seconds: number) => void) | undefined
  workers: number
}

export interface Wanted {
  database: 'postgres' | 'sqlite'
  workers: number
  minutes: number
}

/** Of each process: fewer than clients, so that they run out. */
export const connections = 4

/** What is to be undone, last first. */
type Undo = (() => unknown)[]

/** Sets everything up; what there is to undo is pushed to `undo` at once, so that it can be undone at any moment. */
export async function setUp({ database, workers, minutes }: Wanted, undo: Undo): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), 'liveforce-soak-'))
  chmodSync(root, 0o755)
  undo.push(() => rmSync(root, { recursive: true, force: true, maxRetries: 10 }))
  const small = mountSmall(join(root, 'small'), Math.round(300 + 40 * minutes), undo)
  const wire = database === 'postgres' ? await startWire(small, undo) : undefined
  const data = wire || !small ? join(root, 'data') : join(small, 'data')
  mkdirSync(data, { recursive: true })
  const path = join(data, 'liveforce.db')
  const store = openStore(wire ? { kind: 'postgres', url: wire.url, connections: 4 } : { kind: 'sqlite', path })
  undo.push(() => store.close())
  const authorizations = await fill(store, data)
  const clock = fakeClock(join(root, 'clock'))
  const common = { DATA_DIR: data, DATABASE_CONNECTIONS: String(connections), LOG_LEVEL: 'error', npm_lifecycle_event: 'soak' }
  const [near, pooled] = wire ? [wire.proxy.through(wire.url), wire.pooler.url] : ['', '']
  const args = workers > 1 ? ['--workers', String(workers)] : []
  const seats = [
    await takeSeat('A', args, { ...common, DATABASE_URL: near }, undo),
    await takeSeat(wire ? 'B, through PgBouncer' : 'B', args, { ...common, DATABASE_URL: pooled, ...clock?.env }, undo)
  ]
  const title = wire ? `${wire.server.title}, two servers, one of them through PgBouncer` : 'SQLite, two servers on one file'
  return { title, store, seats, authorizations, files: join(data, 'files'), wire, small, setClock: clock?.set, workers }
}

/** Two organizations with a demo each; the credentials of an app of each. */
async function fill(store: Store, data: string): Promise<string[]> {
  await migrate(store)
  const house = {
    store,
    storage: await openDisk(join(data, 'files')),
    baseUrl: 'http://127.0.0.1',
    enqueued: new EventEmitter<{ jobs: [] }>()
  }
  const authorizations: string[] = []
  for (const name of ['One', 'Two']) {
    const { organizationId, app } = await createOrganization(house, { name, email: 'admin@example.com' })
    await seedDemo(await contextOf(house, organizationId), { leads: 4000, tickets: 200, deals: 50, calls: 100 })
    authorizations.push(`Basic ${Buffer.from(`${app.clientId}:${app.accessToken}`).toString('base64')}`)
  }
  return authorizations
}

async function takeSeat(name: string, args: string[], env: Record<string, string>, undo: Undo): Promise<Seat> {
  const start = () => startProduct(env.DATA_DIR as string, { env, args })
  const seat: Seat = {
    name,
    server: await start(),
    away: [],
    restart: async () => {
      const away = { from: Date.now(), to: Number.POSITIVE_INFINITY }
      seat.away.push(away)
      await seat.server.stop('SIGKILL')
      seat.server = await start()
      away.to = Date.now()
    }
  }
  undo.push(() => seat.server.stop())
  return seat
}

/** PostgreSQL as durable as it is usually run; the tables in the small file system, the log of changes beside. */
async function startWire(small: string | undefined, undo: Undo): Promise<Wire & { pooler: { url: string } }> {
  const server = await startOwnPostgres(['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'max_connections=80'])
  undo.push(server.stop)
  if (small) {
    const place = join(small, 'tables')
    mkdirSync(place)
    giveTo(ownerOfServer(), place)
    await query(server.url, `create tablespace small location '${place}'`)
  }
  await query(server.url, `create database soak ${small ? 'tablespace small' : ''}`)
  const proxy = await startProxy(server.url)
  undo.push(proxy.stop)
  const url = databaseUrl(server.url, 'soak')
  let pooler: PgBouncer = await startPgBouncer(proxy.through(server.url), { default_pool_size: 10 })
  undo.push(() => pooler.stop())
  const start = async (): Promise<void> => {
    pooler = await startPgBouncer(proxy.through(server.url), { default_pool_size: 10, listen_port: pooler.port })
  }
  return { server, proxy, url, pooler: { url: pooler.through(url), stop: () => pooler.stop(), start } }
}

/** A file system of so many megabytes, in memory; undefined where none can be mounted. */
function mountSmall(path: string, megabytes: number, undo: Undo): string | undefined {
  mkdirSync(path)
  const options = `size=${megabytes}m,mode=0755`
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'liveforce-soak', path]).status !== 0) return undefined
  undo.push(() => spawnSync('umount', ['--lazy', path]))
  return path
}

/** What makes a process see another time, where libfaketime is installed; timers go on by the true one. */
function fakeClock(path: string): { env: Record<string, string>; set: (seconds: number) => void } | undefined {
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (!library || !existsSync(library)) return undefined
  const set = (seconds: number): void => writeFileSync(path, `${seconds < 0 ? '' : '+'}${seconds}`)
  set(0)
  const settings = { FAKETIME_TIMESTAMP_FILE: path, FAKETIME_CACHE_DURATION: '1', FAKETIME_DISABLE_SHM: '1' }
  return { env: { LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', ...settings }, set }
}

/** The process and all below it. */
export function treeOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => {
      try {
        return [Number(name), Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1])] as const
      } catch {
        return [0, 0] as const
      }
    })
  const below = (of: number): number[] => [
    of,
    ...parents.filter(([, parent]) => parent === of).flatMap(([child]) => below(child))
  ]
  return below(pid)
}

/** Megabytes of a seat's own memory, of all its processes. */
export function memoryOf({ server }: Seat): number {
  if (process.platform !== 'linux') return Number.NaN
  const kilobytes = treeOf(server.pid).map(pid => {
    try {
      return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      return 0
    }
  })
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}
