import pg, { type ClientConfig } from 'pg'

// How every connection to PostgreSQL is opened, and what its values become.

/** Integers of 64 bits and sums of them are numbers: no amount, time or id of ours exceeds what a number holds exactly. */
const numberTypes = new Set([20, 1700])
export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    numberTypes.has(oid) && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text')
} as NonNullable<ClientConfig['types']>

const connectMs = 5000
export const statementMs = 10_000
/** Of a transaction that asks nothing: one whose process cannot be reached any more must not hold its locks for longer. */
export const idleMs = 4000

/**
 * What a URL of ours says: `pgbouncer=true` for a pooler that lends a connection for one transaction only, `prepared=false` where
 * statements must not be kept on the server; the rest is for the driver.
 */
export interface Settings {
  config: ClientConfig
  isPrepared: boolean
}

/** Reads the URL. Without a pooler a connection carries its own time limits; through one, transactions set them. */
export function settingsOf(url: string): Settings {
  const address = new URL(url)
  const isPooled = address.searchParams.get('pgbouncer') === 'true'
  const isPrepared = (address.searchParams.get('prepared') ?? String(!isPooled)) === 'true'
  for (const own of ['pgbouncer', 'prepared']) address.searchParams.delete(own)
  return {
    isPrepared,
    config: {
      connectionString: address.href,
      application_name: 'liveforce',
      connectionTimeoutMillis: connectMs,
      // A server that no longer answers at all must not hold a request forever.
      query_timeout: statementMs + 2000,
      keepAlive: true,
      types,
      ...(!isPooled && {
        statement_timeout: statementMs,
        idle_in_transaction_session_timeout: idleMs,
        // A hot statement is planned once: what is selected by index is so for all values. Compiling pays for reports at most.
        options: '-c plan_cache_mode=force_generic_plan -c jit=off'
      })
    }
  }
}

/**
 * Begins a transaction that only reads, for a query that may take long: planned for its own values, ended after the time limit, and
 * within a second when nobody waits for it any more.
 */
export const beginReading = (timeLimitMs: number): string =>
  `begin isolation level repeatable read read only; set local statement_timeout = ${Math.ceil(timeLimitMs)};` +
  ' set local idle_in_transaction_session_timeout = 0; set local client_connection_check_interval = 1000;' +
  ' set local plan_cache_mode = force_custom_plan'
