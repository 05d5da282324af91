import { setTimeout as wait } from 'node:timers/promises'
import type { Client, ClientConfig, Pool, PoolClient } from 'pg'
import { unsure } from '../../platform/errors.ts'
import { isBroken, isConcurrent } from '../dialect.ts'
import type { WriteHandle } from '../handle.ts'
import { idleMs, statementMs } from './client.ts'
import { withClient } from './pool.ts'

const tries = 5
/** How long an answer waits for the server to come back and say what became of a commit. */
const outcomeMs = 30_000

interface Writing {
  pool: Pool
  handleOf: (client: PoolClient) => WriteHandle
}

/**
 * Begins a transaction and takes the lock on the organization's row, under which its changes go one after another, as they do in
 * SQLite; the answer's last part has the transaction's id. The limits hold through a pooler too.
 */
const beginWriting = (organizationId: number | undefined): string =>
  `begin; set local statement_timeout = ${statementMs}; set local idle_in_transaction_session_timeout = ${idleMs}; ` +
  (organizationId === undefined
    ? 'select pg_current_xact_id()::text as transaction'
    : `select pg_current_xact_id()::text as transaction from organizations where id = ${Number(organizationId)} for no key update`)

/** Runs `verb` in one transaction; again when it met another one. Resolves after the commit. */
export async function transact<T>(
  { pool, handleOf }: Writing,
  verb: (db: WriteHandle) => Promise<T>,
  organizationId: number | undefined
): Promise<T> {
  for (let turn = 1; ; turn++) {
    const client = await pool.connect()
    let committing: { transaction: string; result: T } | undefined
    try {
      const transaction = await begin(client, organizationId)
      const result = await verb(handleOf(client))
      committing = { transaction, result }
      await commit(client)
      client.release()
      return result
    } catch (error) {
      // Before the outcome is asked for: with all connections held by those who ask, nobody would get an answer.
      await leave(client, error)
      if (committing && isBroken(error) && (await wasCommitted(pool, committing.transaction))) return committing.result
      if (!isConcurrent(error) || turn === tries) throw error
    }
    await wait(Math.random() * 20 * turn)
  }
}

/** Gives the connection back: to others where its transaction can be undone, else to be closed. */
async function leave(client: PoolClient, error: unknown): Promise<void> {
  const isUndone = !isBroken(error) && (await client.query('rollback').catch(() => undefined)) !== undefined
  client.release(!isUndone)
}

async function begin(client: PoolClient, organizationId: number | undefined): Promise<string> {
  // Several statements in one text give several results, which the driver's types do not say.
  const results = (await client.query(beginWriting(organizationId))) as unknown as { rows: { transaction: string }[] }[]
  return results.at(-1)?.rows[0]?.transaction ?? ''
}

async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error('A statement of the transaction failed and was passed over')
}

/** Asks over another connection what became of a transaction whose commit was cut off. */
async function wasCommitted(pool: Pool, transaction: string): Promise<boolean> {
  const deadline = performance.now() + outcomeMs
  while (transaction !== '' && performance.now() < deadline) {
    const status = await pool
      .query<{ status: string | null }>('select pg_xact_status($1::text::xid8) as status', [transaction])
      .then(({ rows }) => rows[0]?.status)
      .catch(() => undefined)
    if (status === 'committed') return true
    if (status === 'aborted') return false
    await wait(100)
  }
  throw unsure('The database was cut off while it saved: look whether the change is there before you try again')
}

/** The number of the advisory lock under which migrations and bulk loads go one after another. */
const loneLock = 5_226_047_731

/** Runs `verb` in one transaction on a connection of its own, without time limits, when no other process does so. */
export const alone = <T>(config: ClientConfig, verb: (client: Client) => Promise<T>): Promise<T> =>
  withClient(config, async client => {
    await client.query(
      `begin; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; select pg_advisory_xact_lock(${loneLock})`
    )
    const result = await verb(client)
    await client.query('commit')
    return result
  })
