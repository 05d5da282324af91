import { EventEmitter } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../server/db/migrate.ts'
import { openSqlite } from '../server/db/sqlite/store.ts'
import { openDisk } from '../server/platform/storage/disk.ts'
import type { Database } from './database.ts'
import { fill, type Seeded, type Wanted } from './seed.ts'
import { startBaseline, startProduct } from './servers.ts'

/** Files below `root`. */
export function sqliteDatabase(root: string): Database {
  return {
    kind: 'sqlite',
    title: 'SQLite, synchronous=FULL',
    seed: wanted => seed(root, wanted),
    copy: async (seeded, name) => {
      const folder = join(root, name)
      rmSync(folder, { recursive: true, force: true })
      cpSync(seeded.folder, folder, { recursive: true })
      return { ...seeded, folder }
    },
    remove: async ({ folder }) => rmSync(folder, { recursive: true, force: true }),
    startProduct: ({ folder }, options) => startProduct(folder, options),
    startBaseline: ({ folder }) => startBaseline(join(folder, 'liveforce.db')),
    cpu: () => 0,
    stop: async () => {}
  }
}

/** Makes a database in its own folder below `root`, or takes the one that an earlier run made. */
export async function seed(root: string, { rows, leads }: Wanted): Promise<Seeded> {
  const folder = join(root, `rows-${rows}${leads ? '-leads' : ''}`)
  const note = join(folder, 'seeded.json')
  if (existsSync(note)) return { ...(JSON.parse(readFileSync(note, 'utf8')) as Seeded), folder }
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const authorization = await fillFile(unfinished, { rows, leads })
  writeFileSync(join(unfinished, 'seeded.json'), JSON.stringify({ authorization, rows }))
  renameSync(unfinished, folder)
  return { folder, authorization, rows }
}

async function fillFile(folder: string, wanted: Wanted): Promise<string> {
  const store = openSqlite(join(folder, 'liveforce.db'))
  try {
    await migrate(store)
    const { raw } = store.writer
    // What a power cut would leave here is thrown away with the folder.
    raw.pragma('synchronous = off')
    raw.pragma('foreign_keys = off')
    const storage = await openDisk(join(folder, 'files'))
    const authorization = await fill({ store, storage, baseUrl: 'http://127.0.0.1', enqueued: new EventEmitter() }, wanted)
    raw.pragma('wal_checkpoint(truncate)')
    return authorization
  } finally {
    await store.close()
  }
}
