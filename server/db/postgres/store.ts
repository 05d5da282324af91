import pg from 'pg'
import { type Apart, type Limits, openThreads, withLimits } from '../apart.ts'
import { throwUnavailable } from '../dialect.ts'
import type { Handle } from '../handle.ts'
import type { Bound } from '../prepared.ts'
import type { Store } from '../store.ts'
import { beginReading, type Settings, settingsOf } from './client.ts'
import { copyRows } from './copy.ts'
import { handleOn } from './handle.ts'
import { transact } from './transaction.ts'

/** How long a process goes by what it read before it looks again. */
const staleMs = 250
const reportConnections = 3

/** Opens pools to the database at `url`; nothing is asked of it yet. */
export function openPostgres({ url, connections }: { url: string; connections: number }): Store {
  const settings = settingsOf(url)
  const pool = poolOf(settings.config, connections)
  const handles = new WeakMap<pg.PoolClient, Handle>()
  const handleOf = (client: pg.PoolClient) => {
    const handle = handles.get(client) ?? handleOn(client, settings.isPrepared)
    handles.set(client, handle)
    return { ...handle, insertMany: copyRows(client) }
  }
  const apart = openApart(url, settings)
  let commits = 0
  return {
    dialect: 'postgres',
    place: placeOf(url),
    reader: handleOn(pool, settings.isPrepared),
    version: () => Math.floor(performance.now() / staleMs) + commits,
    staleMs,
    apart,
    transact: async (verb, organizationId) => {
      try {
        return await transact({ pool, handleOf }, verb, organizationId)
      } catch (error) {
        return throwUnavailable(error)
      } finally {
        commits += 1
      }
    },
    exclusively: verb => alone(settings.config, client => verb({ ...handleOn(client, false), insertMany: copyRows(client) })),
    filling: async work => {
      const result = await work()
      await withClient(settings.config, client => client.query('begin; set local statement_timeout = 0; analyze; commit'))
      return result
    },
    snapshot: read =>
      withClient(settings.config, async client => {
        await client.query(beginReading(0))
        const result = await read(handleOn(client, false))
        await client.query('commit')
        return result
      }),
    close: async () => {
      await apart.close()
      await pool.end()
    }
  }
}

/** Without its secrets. */
function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

function poolOf(config: pg.ClientConfig, max: number): pg.Pool {
  const pool = new pg.Pool({ ...config, max, idleTimeoutMillis: 30_000 })
  // The pool has dropped a connection that broke while idle: who asks next gets another.
  pool.on('error', () => {})
  // One that breaks while it is lent tells whoever asks over it, and would end the process if nobody listened besides.
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}

/** A connection for one long piece of work, without time limits of the driver. */
async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...config, query_timeout: 0 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The number of the advisory lock under which migrations and bulk loads go one after another. */
const loneLock = 5_226_047_731

const alone = <T>(config: pg.ClientConfig, verb: (client: pg.Client) => Promise<T>): Promise<T> =>
  withClient(config, async client => {
    await client.query(
      `begin; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; select pg_advisory_xact_lock(${loneLock})`
    )
    const result = await verb(client)
    await client.query('commit')
    return result
  })

/** Queries that may take long have a small pool of their own; what is made of very many rows is made in a worker. */
function openApart(url: string, { config }: Settings): Apart {
  const pool = poolOf({ ...config, query_timeout: 0 }, reportConnections)
  const threads = openThreads({ kind: 'postgres', url })
  const ask = <Row>({ sql, values }: Bound, rowMode: 'array' | undefined, limits: Limits | undefined): Promise<Row[]> =>
    withLimits(pool.waitingCount, limits, async (signal, timeLimitMs) => {
      const client = await pool.connect()
      // Ending the connection is what ends its query.
      const leave = (): void => void client.end()
      try {
        signal.throwIfAborted()
        signal.addEventListener('abort', leave)
        await client.query(beginReading(timeLimitMs))
        const { rows } = await client.query({ text: sql, values, ...(rowMode && { rowMode }) } as pg.QueryConfig)
        await client.query('commit')
        client.release()
        return rows as Row[]
      } catch (error) {
        client.release(true)
        throw error
      } finally {
        signal.removeEventListener('abort', leave)
      }
    })
  return {
    rows: (bound, limits) => ask(bound, undefined, limits),
    arrays: (bound, limits) => ask(bound, 'array', limits),
    fold: threads.fold,
    workers: threads.workers,
    close: async () => {
      await threads.close()
      await pool.end()
    }
  }
}
