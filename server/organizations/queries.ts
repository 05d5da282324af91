import type { Context, House } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { systemContext } from './actions.ts'

/** The installation's context in the organization of this id; 404 when there is none. */
export async function contextOf(house: House, id: number): Promise<Context> {
  const row = await house.store.reader.kysely
    .selectFrom('organizations')
    .select(['id', 'time_zone', 'currency', 'link_secret'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound('organization')
  return systemContext(house, { id: row.id, timeZone: row.time_zone, currency: row.currency, linkSecret: row.link_secret })
}
