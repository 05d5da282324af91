import type pg from 'pg'
import { type Apart, type Limits, openThreads, withLimits } from '../apart.ts'
import type { Bound } from '../prepared.ts'
import { beginReading, type Settings } from './client.ts'
import { poolOf } from './pool.ts'

const connections = 3

/** Queries that may take long have a small pool of their own; what is made of very many rows is made in a worker. */
export function openApart(url: string, { config }: Settings): Apart {
  const pool = poolOf({ ...config, query_timeout: 0 }, connections)
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
