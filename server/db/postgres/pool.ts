import pg from 'pg'

/** Connections that are opened when they are asked for, `max` at most. */
export function poolOf(config: pg.ClientConfig, max: number): pg.Pool {
  const pool = new pg.Pool({ ...config, max, idleTimeoutMillis: 30_000 })
  // The pool has dropped a connection that broke while idle: who asks next gets another.
  pool.on('error', () => {})
  // One that breaks while it is lent tells whoever asks over it, and would end the process if nobody listened besides.
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}

/** A connection for one long piece of work, without time limits of the driver. */
export async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...config, query_timeout: 0 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
