import { createHash } from 'node:crypto'
import type { House } from '../platform/context.ts'
import { sweep } from '../platform/storage.ts'
import { knownKeys } from './queries.ts'

const day = 24 * 3_600_000

/**
 * Removes files older than a day that no row names and no job removes: what a crash between file and row left. Resolves with how
 * many. Does nothing when the files belong to another database, as they would all be leftovers then.
 */
export async function sweepLeftovers(house: House, signal: AbortSignal): Promise<number> {
  if (!(await belongTogether(house))) return 0
  return sweep(house.storage, new Date(Date.now() - day), keys => {
    signal.throwIfAborted()
    return knownKeys(house.store, keys)
  })
}

/** The files carry the mark of the database that first swept them: a digest of its first organization's secret. */
async function belongTogether({ store, storage }: House): Promise<boolean> {
  const first = await store.reader.kysely
    .selectFrom('organizations')
    .select('link_secret')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (!first) return false
  return storage.belongsTo(createHash('sha256').update(`files ${first.link_secret}`).digest('hex'))
}
