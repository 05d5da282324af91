import { setTimeout as wait } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { unavailable } from '../../platform/errors.ts'
import { isBroken, isConcurrent } from '../dialect.ts'
import type { WriteHandle } from '../handle.ts'
import { statementMs } from './client.ts'

const tries = 5
const outcomeMs = 5000

interface Writing {
  pool: Pool
  handleOf: (client: PoolClient) => WriteHandle
}

/**
 * Begins a transaction and takes the lock on the organization's row, under which its changes go one after another, as they do in
 * SQLite; the answer's last part has the transaction's id. The limits hold through a pooler too.
 */
const beginWriting = (organizationId: number | undefined): string =>
  `begin; set local statement_timeout = ${statementMs}; set local idle_in_transaction_session_timeout = ${statementMs}; ` +
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
    let broken: unknown
    try {
      const transaction = await begin(client, organizationId)
      const result = await verb(handleOf(client))
      await commit(pool, client, transaction)
      return result
    } catch (error) {
      broken = await client.query('rollback').then(
        () => isBroken(error) && error,
        failed => failed
      )
      if (!isConcurrent(error) || turn === tries) throw error
    } finally {
      client.release(Boolean(broken))
    }
    await wait(Math.random() * 20 * turn)
  }
}

async function begin(client: PoolClient, organizationId: number | undefined): Promise<string> {
  // Several statements in one text give several results, which the driver's types do not say.
  const results = (await client.query(beginWriting(organizationId))) as unknown as { rows: { transaction: string }[] }[]
  return results.at(-1)?.rows[0]?.transaction ?? ''
}

async function commit(pool: Pool, client: PoolClient, transaction: string): Promise<void> {
  try {
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error('A statement of the transaction failed and was passed over')
  } catch (error) {
    if (!isBroken(error) || !(await wasCommitted(pool, transaction))) throw error
  }
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
  throw unavailable('The database was cut off while it saved: look whether the change is there before you try again')
}
