import { setTimeout as wait } from 'node:timers/promises'
import { insert, rows, update } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { notFound, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { isPermission, permissions } from '../platform/permissions.ts'
import { checkReferences } from '../platform/references.ts'
import { transact } from '../platform/transact.ts'
import { type Credentials, hashOf, newCredentials } from './tokens.ts'

interface AppInput {
  name: string
  /** Default: all. */
  scopes?: string[]
  /** The contact in whose name it opens tickets. */
  contactId?: number
}

/** Issues credentials; this is the only time the token is seen. Refuses an unknown scope or contact (422). */
export function createApp(ctx: Context, { name, scopes = [...permissions], contactId }: AppInput): Promise<Credentials> {
  const credentials = newCredentials(ctx.organization.id)
  const unknown = scopes.find(scope => !isPermission(scope))
  if (unknown !== undefined) throw unprocessable({ scope: `"${unknown}" is none of ${permissions.join(', ')}` })
  if (name.trim() === '' || name.length > 191) throw unprocessable({ name: 'must have 1 to 191 characters' })
  return transact(ctx, async ctx => {
    await checkReferences(ctx, { contact: ['contacts', contactId] })
    const row = { name, client_id: credentials.clientId, token_hash: hashOf(credentials.accessToken), scopes: scopes.join(' ') }
    const { id } = await insert(ctx, 'apps', { ...row, contact_id: contactId ?? null, created_at: Date.now() })
      .returning('id')
      .executeTakeFirstOrThrow()
    recordEvent(ctx, 'app.created', id, { name, scopes })
    return credentials
  })
}

/** Ends an app's access at once. Refuses one that does not exist (404); twice is the same as once. */
export async function revokeApp(ctx: Context, clientId: string): Promise<void> {
  await transact(ctx, async ctx => {
    const app = await rows(ctx, 'apps').select(['id', 'revoked_at']).where('client_id', '=', clientId).executeTakeFirst()
    if (!app) throw notFound('app')
    if (app.revoked_at !== null) return
    await update(ctx, 'apps').set({ revoked_at: Date.now() }).where('id', '=', app.id).execute()
    recordEvent(ctx, 'app.revoked', app.id)
  })
  // Until then other processes may know the app as it was.
  await wait(ctx.store.staleMs)
}
