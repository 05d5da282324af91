import { insert } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { isUnsure } from '../platform/errors.ts'
import { discard, type Upload } from '../platform/storage.ts'
import { actingStaffId } from '../staff/queries.ts'
import { knownKeys } from './queries.ts'

/** What a file belongs to; a reply's or comment's file also names its ticket or deal. */
export interface FileParent {
  lead_id?: number
  deal_id?: number
  comment_id?: number
  ticket_id?: number
  reply_id?: number
}

/**
 * Runs the verb that records uploads, which are stored already; when it fails they are removed.
 * The file comes before its row, so that a row never names a file that is not there.
 */
export async function withStored<T>(ctx: Context, uploads: Upload[], verb: () => Promise<T>): Promise<T> {
  for (const upload of uploads) upload.isTaken = true
  try {
    return await verb()
  } catch (error) {
    if (uploads.length > 0 && !isUnsure(error)) await discardUnnamed(ctx, uploads)
    throw error
  }
}

/** A verb may fail after its commit, or the answer to it be lost: what a row names stays. While nobody can tell, all stay for the sweep. */
async function discardUnnamed({ store, storage }: Context, uploads: Upload[]): Promise<void> {
  const keys = uploads.map(({ key }) => key)
  const known = await knownKeys(store, keys).catch(() => new Set(keys))
  await discard(
    storage,
    uploads.filter(({ key }) => !known.has(key))
  )
}

/** Records stored files of a record; call it inside the verb's transaction. Resolves with their ids. */
export async function addFiles(ctx: Context, uploads: Upload[], parent: FileParent): Promise<number[]> {
  const ids: number[] = []
  for (const { key, name, type, size } of uploads) {
    const { id } = await insert(ctx, 'files', {
      key,
      name,
      type,
      size,
      ...parent,
      staff_id: actingStaffId(ctx),
      created_at: Date.now()
    })
      .returning('id')
      .executeTakeFirstOrThrow()
    ids.push(id)
  }
  return ids
}
