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

/** One that its user may halt and have go on. */
export interface OwnPostgres extends Postgres {
  /** Ends it: SIGINT breaks off what is under way, SIGQUIT ends it as a crash does. Resolves when it has ended. */
  halt(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>
  /** Starts it again at the same address, on the same data. */
  goOn(): Promise<void>
}

/**
 * A PostgreSQL for tests: the one of TEST_DATABASE_URL, or one that is started with these settings and ends with this process, even a
 * killed one. Throws saying what helps when there is none.
 */
export async function startPostgres(settings: string[] = []): Promise<Postgres> {
  const given = process.env.TEST_DATABASE_URL?.trim()
  if (!given) return startOwnPostgres(settings)
  return { url: given, title: await titleOf(given, 'TEST_DATABASE_URL'), stop: async () => {} }
}

async function titleOf(url: string, origin: string): Promise<string> {
  const [{ server_version: version }] = await query(url, 'show server_version')
  return `PostgreSQL ${version.split(' ')[0]} (${origin})`
}

/** One that is started, and ends with this process. `settings` such as `max_connections=20` are added to the usual ones. */
export async function startOwnPostgres(settings: string[] = []): Promise<OwnPostgres> {
  const script = join(import.meta.dirname, 'postgres.keeper.testing.ts')
  const keeper = fork(script, settings, { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const answer = async () => {
    const [message] = await Promise.race([
      once(keeper, 'message'),
      once(keeper, 'exit').then(([code]) => [{ problem: `It ended with ${code}` }])
    ])
    if (message.problem) throw new Error(`The tests have no PostgreSQL: ${message.problem}`)
    return message
  }
  const command = async (word: string): Promise<void> => {
    keeper.channel?.ref()
    keeper.send(word)
    await answer()
    keeper.channel?.unref()
  }
  const { url, origin } = await answer()
  // Whoever forgets to stop it may still end.
  keeper.unref()
  keeper.channel?.unref()
  return {
    url,
    title: await titleOf(url, origin),
    halt: command,
    goOn: () => command('go on'),
    stop: async () => {
      if (keeper.exitCode !== null || keeper.signalCode !== null) return
      keeper.ref()
      keeper.disconnect()
      await once(keeper, 'exit')
    }
  }
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
