import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../server/db/migrate.ts'
import { openSqlite } from '../server/db/sqlite/store.ts'
import { createOrganization } from '../server/organizations/actions.ts'
import { contextOf } from '../server/organizations/queries.ts'
import type { Context } from '../server/platform/context.ts'
import { openDisk } from '../server/platform/storage/disk.ts'
import { createStaff } from '../server/staff/actions.ts'
import { seedLeads } from './seed-leads.ts'
import { seedTickets } from './seed-tickets.ts'

/** A database to measure: its folder, who may call, how many rows each table has. */
export interface Seeded {
  folder: string
  authorization: string
  rows: number
}

interface Wanted {
  rows: number
  leads: boolean
}

/** Makes a database of `rows` tickets (and leads) in its own folder below `root`, or takes the one that an earlier run made. */
export async function seed(root: string, { rows, leads }: Wanted): Promise<Seeded> {
  const folder = join(root, `rows-${rows}${leads ? '-leads' : ''}`)
  const note = join(folder, 'seeded.json')
  if (existsSync(note)) return { ...(JSON.parse(readFileSync(note, 'utf8')) as Seeded), folder }
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const authorization = await fill(unfinished, { rows, leads })
  writeFileSync(join(unfinished, 'seeded.json'), JSON.stringify({ authorization, rows }))
  renameSync(unfinished, folder)
  return { folder, authorization, rows }
}

async function fill(folder: string, { rows, leads }: Wanted): Promise<string> {
  const store = openSqlite(join(folder, 'liveforce.db'))
  try {
    await migrate(store)
    const storage = await openDisk(join(folder, 'files'))
    const house = { store, storage, baseUrl: 'http://127.0.0.1', enqueued: new EventEmitter<{ jobs: [] }>() }
    const { app } = await createOrganization(house, { name: 'Measured firm', email: 'admin@example.com' })
    await addStaff(await contextOf(house, 1))
    const { raw } = store.writer
    // Only for filling: what a power cut would leave here is thrown away with the folder.
    raw.pragma('synchronous = off')
    raw.pragma('cache_size = -524288')
    raw.pragma('foreign_keys = off')
    seedTickets(raw, rows)
    if (leads) seedLeads(raw, rows)
    raw.pragma('wal_checkpoint(truncate)')
    return `Basic ${Buffer.from(`${app.clientId}:${app.accessToken}`).toString('base64')}`
  } finally {
    await store.close()
  }
}

/** Twenty staff members with the first admin, for the rows to name. */
async function addStaff(ctx: Context): Promise<void> {
  for (let i = 2; i <= 20; i++) {
    await createStaff(ctx, { first_name: `Staff ${i}`, last_name: 'Member', email: `staff${i}@example.com` })
  }
}
