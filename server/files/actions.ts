import { insert } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { discard, keep, type Upload } from '../platform/storage.ts'
import { actingStaffId } from '../staff/queries.ts'

/** What a file belongs to; a reply's or comment's file also names its ticket or deal. */
export interface FileParent {
  lead_id?: number
  deal_id?: number
  comment_id?: number
  ticket_id?: number
  reply_id?: number
}

/**
 * Puts uploads in their place on disk, then runs the verb that records them; when it fails they are removed.
 * The file comes before its row, so that a row never names a file that is not there.
 */
export async function withStored<T>(ctx: Context, uploads: Upload[], verb: () => Promise<T>): Promise<T> {
  try {
    for (const upload of uploads) await keep(ctx.storage, upload)
    return await verb()
  } catch (error) {
    await discard(ctx.storage, uploads)
    throw error
  }
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
