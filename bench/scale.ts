import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { migrate } from '../server/db/migrate.ts'
import { type Database, openStore } from '../server/db/open.ts'
import type { House } from '../server/platform/context.ts'
import { openDisk } from '../server/platform/storage/disk.ts'
import { databaseUrl, query, startPostgres } from '../server/postgres.testing.ts'
import { machine, note, say, writeInto } from './report.ts'
import { type Houses, sizes } from './sizes.ts'
import { writes } from './writes.ts'

// npm run scale -- [--rows 5000] [--seconds 10] [--write]: what records take in both databases, and how many tickets one organization
// and several open a second on PostgreSQL, which syncs every commit; --write puts it into docs/scale.md.

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false }
  }
})

/** As it comes, but for more memory: every commit is on disk before it is acknowledged. */
const settings = ['shared_buffers=512MB', 'fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'max_wal_size=4GB']

const root = mkdtempSync(join(tmpdir(), 'liveforce-scale-'))
const { url, title, stop } = await startPostgres(settings)
const name = `liveforce_scale_${process.pid}`
try {
  await query(url, `create database ${name}`)
  const report = await withHouses(async houses => [
    `Measured ${machine()}; ${title}, ${settings.join(', ')}.`,
    await sizes(houses, Number(values.rows)),
    await writes(houses.postgres, Number(values.seconds))
  ])
  say(report.join('\n\n'))
  if (values.write) writeInto(fileURLToPath(new URL('../docs/scale.md', import.meta.url)), report.join('\n\n'))
} finally {
  await query(url, `drop database if exists ${name} with (force)`)
  await stop()
  rmSync(root, { recursive: true, force: true })
}

/** The product's house on a new database of each kind. */
async function withHouses<T>(work: (houses: Houses) => Promise<T>): Promise<T> {
  const own = databaseUrl(url, name)
  const storage = await openDisk(join(root, 'files'))
  const houseOn = (database: Database): House => ({
    store: openStore(database),
    storage,
    baseUrl: 'http://127.0.0.1',
    enqueued: new EventEmitter()
  })
  const sqlite = houseOn({ kind: 'sqlite', path: join(root, 'liveforce.db') })
  const postgres = houseOn({ kind: 'postgres', url: own, connections: 20 })
  try {
    await migrate(sqlite.store)
    await migrate(postgres.store)
    note('Filling both databases …')
    return await work({ sqlite, postgres, settle: () => query(own, 'vacuum analyze') })
  } finally {
    await sqlite.store.close()
    await postgres.store.close()
  }
}
