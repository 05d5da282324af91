import { createOrganization } from '../server/organizations/actions.ts'
import { contextOf } from '../server/organizations/queries.ts'
import type { Context, House } from '../server/platform/context.ts'
import { Bulk } from '../server/seed/bulk.ts'
import { createStaff } from '../server/staff/actions.ts'
import { leadMaker } from './seed-leads.ts'
import { addDepartments, ticketMaker } from './seed-tickets.ts'

/** A database to measure: where it is, who may call, how many rows each table has. */
export interface Seeded {
  /** Of the files, and of the database when it is one. */
  folder: string
  /** Of the database when it is PostgreSQL's. */
  url?: string
  authorization: string
  rows: number
}

export interface Wanted {
  rows: number
  leads: boolean
}

const batch = 20_000

/** Fills a migrated, empty database with `rows` tickets (and leads) of organization 1; resolves with who may call. */
export async function fill(house: House, { rows, leads }: Wanted): Promise<string> {
  const { app } = await createOrganization(house, { name: 'Measured firm', email: 'admin@example.com' })
  const ctx = await contextOf(house, 1)
  await addStaff(ctx)
  await house.store.transact(db => addDepartments({ ...ctx, db }), 1)
  await house.store.filling(async () => {
    await insertAll(house, ticketMaker(rows), { rows, areTickets: true })
    if (leads) await insertAll(house, leadMaker(rows), { rows, areTickets: false })
  })
  return `Basic ${Buffer.from(`${app.clientId}:${app.accessToken}`).toString('base64')}`
}

async function insertAll(
  { store }: House,
  make: (bulk: Bulk) => void,
  { rows, areTickets }: { rows: number; areTickets: boolean }
): Promise<void> {
  const bulk = new Bulk(1)
  for (let from = 0; from < rows; from += batch) {
    const count = Math.min(batch, rows - from)
    await store.exclusively(async db => {
      await bulk.begin(db, areTickets ? count : 0)
      for (let made = 0; made < count; made++) make(bulk)
      await bulk.finish(db)
    })
  }
}

/** Twenty staff members with the first admin, for the rows to name. */
async function addStaff(ctx: Context): Promise<void> {
  for (let i = 2; i <= 20; i++) {
    await createStaff(ctx, { first_name: `Staff ${i}`, last_name: 'Member', email: `staff${i}@example.com` })
  }
}
