import type { Context } from './context.ts'
import { writeEvents } from './events.ts'
import { writeJobs } from './jobs.ts'

/**
 * Runs `verb` in one transaction with its events and jobs; a verb called by another joins its transaction.
 * The inner context shadows the outer one: the wrong handle would wait for itself. Inside await only the database.
 */
export async function transact<T>(ctx: Context, verb: (ctx: Context) => Promise<T>): Promise<T> {
  if (ctx.pending) return verb(ctx)
  let pendingJobs: NonNullable<Context['pendingJobs']> = []
  const result = await ctx.store.transact(async db => {
    const pending: NonNullable<Context['pending']> = []
    pendingJobs = []
    const inner = { ...ctx, db, pending, pendingJobs }
    const result = await verb(inner)
    await writeJobs(db, inner, pendingJobs)
    await writeEvents(inner, pending)
    return result
  }, ctx.organization.id)
  if (pendingJobs.length > 0) ctx.enqueued.emit('jobs')
  return result
}
