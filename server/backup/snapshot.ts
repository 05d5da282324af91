import { mkdir, open, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { databaseBytes } from '../db/dialect.ts'
import { type MigrateOptions, type MigrationResult, migrate } from '../db/migrate.ts'
import { openConnection } from '../db/sqlite/connection.ts'
import { isoTime } from '../platform/clock.ts'
import type { House } from '../platform/context.ts'
import { silently } from './steps.ts'

/** A packed archive of rows takes a tenth of the database and less. */
const shareOfArchive = 1 / 4
/** The copy of an SQLite file, and what a migration may write again before it is in the file. */
const shareOfCopy = 2

/**
 * How a copy of the database is kept before an upgrade: of an SQLite file a copy beside it, of PostgreSQL an archive of the rows in
 * `DATA_DIR/snapshots`. Both are for their owner's eyes. Throws when there is no room.
 */
export const snapshots =
  (house: House, { database, dataDir }: Pick<Config, 'database' | 'dataDir'>): MigrateOptions['takeSnapshot'] =>
  async (_from, to) => {
    const name = `liveforce-before-${to}-${isoTime(Date.now()).replaceAll(/[:.]/g, '-')}`
    const bytes = await databaseBytes(house.store.reader)
    if (database.kind === 'sqlite') {
      const folder = dirname(database.path)
      await demandRoom(folder, bytes * shareOfCopy)
      return copyFile(database.path, join(folder, `${name}.db`))
    }
    const folder = join(dataDir, 'snapshots')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await demandRoom(folder, bytes * shareOfArchive)
    const path = join(folder, `${name}.tar.zst`)
    // Not needed at a start that upgrades nothing.
    const { backup } = await import('./backup.ts')
    await backup(house, path, { files: false, steps: silently })
    return path
  }

/** Brings the database to this program's schema; keeps a copy of one with data before, if `isKept`. Throws as `migrate` does. */
export const upgrade = (house: House, config: Config, isKept: boolean): Promise<MigrationResult> =>
  migrate(house.store, { takeSnapshot: isKept ? snapshots(house, config) : undefined })

/** Throws when the disk of `folder` has less than `bytes` to give. */
export async function demandRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= bytes) return
  const [free, needed] = [bavail * bsize, bytes].map(size => `${Math.ceil(size / 1_000_000)} MB`)
  throw new Error(
    `There is no room for a copy of the database before the upgrade: ${folder} has ${free} free, ${needed} are needed. Nothing was changed; make room, or go without a copy by --no-snapshot`
  )
}

/** Copies an SQLite database as it is at one moment, while others use it; the copy has its name once it is whole and on disk. */
async function copyFile(from: string, to: string): Promise<string> {
  const partial = `${to}.partial`
  const file = await open(partial, 'wx', 0o600)
  try {
    const connection = openConnection(from, { readonly: true })
    try {
      connection.prepare('vacuum into ?').run(partial)
    } finally {
      connection.close()
    }
    await file.sync()
    await rename(partial, to)
    return to
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
