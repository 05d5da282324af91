import { open, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { query } from '../server/postgres.testing.ts'
import { type Seat, type Stage, treeOf, type Wire } from './soak-stage.ts'

/** Something that goes wrong; resolves when it is over. */
export interface Fault {
  name: string
  run(): Promise<void>
}

/** The faults of a stage in turn, and the names of those that cannot be had here, with what is missing. */
export function faultsOf(stage: Stage): { faults: Fault[]; notDone: string[] } {
  const [first, second] = stage.seats as [Seat, Seat]
  const faults: Fault[] = [...(stage.wire ? postgresFaults(stage.wire) : sqliteFaults(stage.store.place))]
  const notDone: string[] = []
  faults.push({ name: 'a server is killed and started again', run: () => second.restart() })
  if (stage.workers > 1) faults.push({ name: 'a worker is killed', run: () => killWorker(first) })
  faults.push({ name: 'clients that read and send slowly', run: () => dawdle(stage) })
  const { small, setClock } = stage
  if (small) faults.push({ name: 'the disk is full', run: () => fillUp(small) })
  else notDone.push('the disk is full: needs root on Linux, for a small file system')
  if (setClock) faults.push({ name: 'a server’s clock steps forth and back', run: () => step(setClock) })
  else notDone.push('the clock steps: needs libfaketime (apt-get install faketime)')
  return { faults, notDone }
}

function postgresFaults({ server, proxy, pooler, url }: Wire): Fault[] {
  const restart = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    await server.halt(signal)
    await wait(1500)
    await server.goOn()
  }
  const end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'soak' and pid <> pg_backend_pid()"
  const many = async (work: () => unknown): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      await work()
      await wait(150)
    }
  }
  return [
    { name: 'PostgreSQL is restarted', run: () => restart('SIGINT') },
    { name: 'PostgreSQL crashes and starts again', run: () => restart('SIGQUIT') },
    { name: 'connections are ended by PostgreSQL', run: () => many(() => query(server.url, end)) },
    { name: 'connections are cut by the network', run: () => many(proxy.cut) },
    { name: 'commits are cut off', run: () => cutCommits(proxy) },
    { name: 'the pool is exhausted by locks', run: () => hold(url) },
    { name: 'PostgreSQL takes no more connections', run: () => crowd(server.url, proxy) },
    {
      name: 'the network is slow',
      run: async () => {
        proxy.delayMs = 40
        await wait(4000)
        proxy.delayMs = 0
      }
    },
    {
      name: 'the network is silent',
      run: async () => {
        proxy.isSilent = true
        await wait(3000)
        proxy.isSilent = false
      }
    },
    {
      name: 'PgBouncer crashes and starts again',
      run: async () => {
        await pooler.stop()
        await wait(1000)
        await pooler.start()
      }
    }
  ]
}

/** Half of them before they arrive, half after they were done. */
async function cutCommits(proxy: Wire['proxy']): Promise<void> {
  let commits = 0
  proxy.decide = piece => {
    if (!piece.includes('commit\0')) return 'pass'
    commits += 1
    return commits % 2 ? 'cut before' : 'cut after'
  }
  await wait(3000)
  proxy.decide = () => 'pass'
}

/** Somebody else locks every organization and all leads. */
async function hold(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin; select id from organizations for update; lock table leads in access exclusive mode')
  await wait(6000)
  await client.end()
}

/** Others take all connections, as fast as ours, which are cut, come back. */
async function crowd(url: string, proxy: Wire['proxy']): Promise<void> {
  const others: pg.Client[] = []
  proxy.isClosed = true
  proxy.cut()
  for (let isFull = false; !isFull; ) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect().then(
      () => others.push(client),
      () => {
        isFull = true
      }
    )
  }
  proxy.isClosed = false
  await wait(3000)
  await Promise.all(others.map(client => client.end()))
}

function sqliteFaults(path: string): Fault[] {
  const holdFor = async (ms: number): Promise<void> => {
    const other = new Sqlite(path, { timeout: 10_000 })
    other.exec('begin immediate')
    await wait(ms)
    other.exec('rollback')
    other.close()
  }
  const often = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      await holdFor(400)
      await wait(50)
    }
  }
  return [
    { name: 'another program holds the file', run: () => holdFor(6000) },
    { name: 'another program holds the file, again and again', run: often }
  ]
}

/** Of the first server; the one who looks after them starts another. */
async function killWorker(seat: Seat): Promise<void> {
  const workers = treeOf(seat.server.pid).slice(1)
  const away = { from: Date.now(), to: Date.now() + 2000 }
  seat.away.push(away)
  const [victim] = workers.sort(() => Math.random() - 0.5)
  if (victim !== undefined) process.kill(victim, 'SIGKILL')
  await wait(2000)
}

const longest = ['/api/v1/ticket/list?limit=200', '/api/v1/leads/list?limit=200', '/api/v1/leads/report/csv']

/** For five seconds ten clients take long answers a piece at a time, and ten others send a file that never comes whole. */
async function dawdle({ seats, authorizations }: Stage): Promise<void> {
  const dawdler = (index: number): Promise<void> =>
    new Promise(resolve => {
      const { port } = (seats[index % seats.length] as Seat).server
      const isSending = index % 4 > 1
      const form = { 'content-type': 'multipart/form-data; boundary=slow', 'content-length': '1000000' }
      const asked = request({
        host: '127.0.0.1',
        port,
        ...(isSending ? { method: 'POST', path: '/api/v1/ticket/create' } : { path: longest[index % longest.length] }),
        headers: { authorization: authorizations[index % authorizations.length] as string, ...(isSending && form) }
      })
      asked.on('error', () => {})
      asked.on('response', async answer => {
        try {
          for await (const _ of answer) await wait(500)
        } catch {}
      })
      if (!isSending) asked.end()
      else asked.write('--slow\r\nContent-Disposition: form-data; name="attachments[]"; filename="slow.bin"\r\n\r\n')
      const more = isSending ? setInterval(() => asked.write('a piece of a file'.repeat(50)), 200) : undefined
      setTimeout(() => {
        clearInterval(more)
        asked.destroy()
        resolve()
      }, 5000)
    })
  await Promise.all(Array.from({ length: 20 }, (_, index) => dawdler(index)))
}

/** Takes all the room there is, and for six seconds whatever becomes free. */
async function fillUp(folder: string): Promise<void> {
  const path = join(folder, 'filler')
  const file = await open(path, 'w')
  const piece = Buffer.alloc(8 << 20)
  let fullSince = 0
  try {
    for (let size = piece.length; fullSince === 0 || Date.now() < fullSince + 6000; ) {
      try {
        await file.write(piece, 0, size)
      } catch {
        if (size === 4096) fullSince ||= Date.now()
        size = Math.max(4096, size >> 1)
        await wait(10)
      }
    }
  } finally {
    await file.close()
    await rm(path)
  }
}

async function step(setClock: (seconds: number) => void): Promise<void> {
  for (const seconds of [1200, -1200, 0]) {
    setClock(seconds)
    await wait(2500)
  }
}
