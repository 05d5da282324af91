import pg from 'pg'
import Cursor from 'pg-cursor'
import { beginReading, settingsOf, types } from './client.ts'

// Runs in a reader worker: rows of a long query, some at a time.

const batchRows = 1000
const clients = new Map<string, pg.Client>()

async function connect(url: string): Promise<pg.Client> {
  const known = clients.get(url)
  if (known) return known
  const client = new pg.Client({ ...settingsOf(url).config, query_timeout: 0 })
  const forget = (): boolean => clients.delete(url)
  client.on('error', forget).on('end', forget)
  await client.connect()
  clients.set(url, client)
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
  const client = await connect(source.url)
  await client.query(beginReading(timeLimitMs))
  try {
    const cursor = client.query(new Cursor<unknown[]>(sql, values, { rowMode: 'array', types: types as pg.CustomTypesConfig }))
    for (;;) {
      const rows = await cursor.read(batchRows)
      if (rows.length > 0) yield rows
      if (rows.length < batchRows) break
    }
    await cursor.close()
  } finally {
    await client.query('rollback')
  }
}
