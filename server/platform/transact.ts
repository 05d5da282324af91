import type { Context } from './context.ts'
import { writeEvents } from './events.ts'

/**
 * Runs `verb` in one transaction with its events; a verb called by another joins its transaction.
 * The inner context shadows the outer one: the wrong handle would wait for itself. Inside await only the database.
 */
export function transact<T>(ctx: Context, verb: (ctx: Context) => Promise<T>): Promise<T> {
  if (ctx.pending) return verb(ctx)
  return ctx.store.transact(async db => {
    const pending: NonNullable<Context['pending']> = []
    const inner = { ...ctx, db, pending }
    const result = await verb(inner)
    await writeEvents(inner, pending)
    return result
  }, ctx.organization.id)
}
