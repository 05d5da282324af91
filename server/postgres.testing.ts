import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'

export interface Postgres {
  /** Of a database to connect to for creating others. */
  url: string
  /** Version and origin, for people. */
  title: string
  /** Resolves when it has ended and its folder is gone. A server that was given goes on. */
  stop(): Promise<void>
}

/** Nothing is kept, so nothing waits for the disk. */
const careless = [
  ...['shared_buffers=128MB', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  ...['wal_level=minimal', 'max_wal_senders=0']
]

/**
 * A PostgreSQL for tests: the one of TEST_DATABASE_URL, or one that is started with these settings and ends with this process, even a
 * killed one. Throws saying what helps when there is none.
 */
export async function startPostgres(settings: readonly string[] = careless): Promise<Postgres> {
  const given = process.env.TEST_DATABASE_URL?.trim()
  const { url, origin, stop } = given
    ? { url: given, origin: 'TEST_DATABASE_URL', stop: async () => {} }
    : await startOwn(settings)
  const [{ server_version: version }] = await query(url, 'show server_version')
  return { url, title: `PostgreSQL ${version.split(' ')[0]} (${origin})`, stop }
}

async function startOwn(settings: readonly string[]): Promise<{ url: string; origin: string; stop(): Promise<void> }> {
  const script = join(import.meta.dirname, 'postgres.keeper.testing.ts')
  const keeper = fork(script, settings, { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [message] = await Promise.race([
    once(keeper, 'message'),
    once(keeper, 'exit').then(([code]) => [{ problem: `It ended with ${code}` }])
  ])
  if (message.problem) throw new Error(`The tests have no PostgreSQL: ${message.problem}`)
  // Whoever forgets to stop it may still end.
  keeper.unref()
  keeper.channel?.unref()
  const stop = async (): Promise<void> => {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return
    keeper.ref()
    keeper.disconnect()
    await once(keeper, 'exit')
  }
  return { ...message, stop }
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string, values: unknown[] = []): Promise<pg.QueryResult['rows']> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** The URL of another database of the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
