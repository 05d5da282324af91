import { createSharedTable, createTable, int, type Target, text } from '../ddl.ts'

/** What processes share among them: who leads, and what is left of each rate. */
export async function up(db: Target): Promise<void> {
  await createSharedTable(db, 'leases', { name: text(64), holder: text(64), until: int() }, 'name')
  const credit = { full_at: int(), calls: int(), lent_at: int() }
  await createTable(db, 'rate_credits', { app_id: int(), ...credit }, { primary: ['app_id'], references: { app_id: 'apps' } })
  await createSharedTable(db, 'address_credits', { address: text(64), ...credit }, 'address')
}
