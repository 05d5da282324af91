import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from './context.ts'

// Every change of an organization's records moves its event position, so what was computed at a position is exact while it stands.

const most = 500

interface Kept {
  position: number
  answer: Promise<unknown>
}

const kept = new WeakMap<Context['store'], Map<string, Kept>>()

const newestEvent = prepared<object>()(scope => rows(scope, 'events').select('position').orderBy('position', 'desc').limit(1))

/**
 * What `compute` answers, computed anew only after the organization has recorded an event; callers at the same time share one
 * computation. For what takes long to compute and is short to keep; `key` names it within the organization.
 */
export async function whileUnchanged<T>(ctx: Context, key: string, compute: () => Promise<T>): Promise<T> {
  const position = (await newestEvent.first(ctx, {}))?.position ?? 0
  const answers = kept.get(ctx.store) ?? new Map<string, Kept>()
  kept.set(ctx.store, answers)
  const name = `${ctx.organization.id} ${key}`
  const known = answers.get(name)
  if (known?.position === position) return known.answer as Promise<T>
  const answer = compute()
  answers.delete(name)
  answers.set(name, { position, answer })
  if (answers.size > most) answers.delete(answers.keys().next().value as string)
  answer.catch(() => {
    if (answers.get(name)?.answer === answer) answers.delete(name)
  })
  return answer
}
