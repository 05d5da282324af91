import type { Context } from '../platform/context.ts'
import { enqueue, type JobKind } from '../platform/jobs.ts'

const day = 24 * 3_600_000

/** Removes a stored file that no row names any more. */
export const fileRemoval: JobKind<{ key: string }> = {
  name: 'files.remove',
  run: (ctx, { key }) => ctx.storage.remove(key)
}

/** Has a stored file removed in a day, and not before: a backup that began with its row must still find it. Call it where the row goes. */
export const removeFileLater = (ctx: Context, key: string): void =>
  enqueue(ctx, fileRemoval, { key }, { runAt: Date.now() + day })
