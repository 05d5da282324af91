import type pg from 'pg'
import { throwUnavailable } from '../dialect.ts'
import type { Handle } from '../handle.ts'
import type { Store } from '../store.ts'
import { openApart } from './apart.ts'
import { beginReading, settingsOf } from './client.ts'
import { copyRows } from './copy.ts'
import { handleOn } from './handle.ts'
import { poolOf, withClient } from './pool.ts'
import { placeOf } from './refusals.ts'
import { alone, transact } from './transaction.ts'

/** How long a process goes by what it read before it looks again. */
const staleMs = 250

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
  const exclusively: Store['exclusively'] = verb =>
    alone(settings.config, client => verb({ ...handleOn(client, false), insertMany: copyRows(client) }))
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
    exclusively,
    loading: exclusively,
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
