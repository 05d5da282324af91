import pg from 'pg'
import Cursor from 'pg-cursor'
import { beginReading, settingsOf, types } from './client.ts'

// Runs in a reader worker: rows of a long query, some at a time.

const batchRows = 1000
const clients = new Map<string, pg.Client>()

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ ...settingsOf(url).config, query_timeout: 0 })
  const forget = (): boolean => clients.delete(url)
  client.on('error', forget).on('end', forget)
  await client.connect()
  clients.set(url, client)
  return client
}

/** A connection in a new transaction. The thread sleeps between two tasks, so that a kept one may have broken without its notice. */
async function begin(url: string, timeLimitMs: number): Promise<pg.Client> {
  const kept = clients.get(url)
  const isWhole = await kept?.query(beginReading(timeLimitMs)).then(
    () => true,
    () => false
  )
  if (kept && isWhole) return kept
  kept?.end().catch(() => {})
  const client = await connect(url)
  await client.query(beginReading(timeLimitMs))
  return client
}

interface Asked {
  source: { url: string }
  sql: string
  values: unknown[]
  timeLimitMs: number
}

/** The rows as arrays, in order, a thousand at a time. When the worker is ended the server stops the query within a second. */
export async function* batches({ source, sql, values, timeLimitMs }: Asked): AsyncGenerator<unknown[][]> {
  const client = await begin(source.url, timeLimitMs)
  // A cursor whose connection ends while it closes would wait for ever.
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const leave = (): void => reject(new Error('Connection terminated'))
  ended.catch(() => {})
  client.once('end', leave)
  try {
    const cursor = client.query(new Cursor<unknown[]>(sql, values, { rowMode: 'array', types: types as pg.CustomTypesConfig }))
    for (;;) {
      const rows = await Promise.race([cursor.read(batchRows), ended])
      if (rows.length > 0) yield rows
      if (rows.length < batchRows) break
    }
    await Promise.race([cursor.close(), ended])
  } finally {
    client.off('end', leave)
    await client.query('rollback')
  }
}
