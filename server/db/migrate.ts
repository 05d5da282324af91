import type { Target } from './ddl.ts'
import { noteMigration, schemaVersion } from './dialect.ts'
import type { Handle, WriteHandle } from './handle.ts'
import * as initial from './migrations/0001_initial.ts'
import * as leases from './migrations/0002_leases.ts'
import * as jobs from './migrations/0003_jobs.ts'
import * as customersByTime from './migrations/0004_customers_by_time.ts'
import type { Store } from './store.ts'

export interface Migration {
  name: string
  up: (db: Target) => Promise<void>
}

/** Every migration, oldest first; the number of the last one is the schema's version. */
export const migrations: readonly Migration[] = [
  { name: '0001_initial', ...initial },
  { name: '0002_leases', ...leases },
  { name: '0003_jobs', ...jobs },
  { name: '0004_customers_by_time', ...customersByTime }
]

/** The oldest schema that this program still upgrades, and the last release that upgrades older ones. */
const oldest = { version: 1, through: '0.1' }

export interface MigrationResult {
  applied: string[]
  version: number
  /** Where the copy is that was taken before. */
  snapshot?: string
}

export interface MigrateOptions {
  /** Keeps a copy of a database with data before it is changed `from` one version `to` another; resolves with where it is. */
  takeSnapshot?: ((from: number, to: number) => Promise<string>) | undefined
  /** For tests. */
  migrations?: readonly Migration[]
  oldest?: { version: number; through: string }
}

/**
 * Brings the database to this program's schema in one transaction, which waits for other processes that migrate: all migrations
 * are done or none. Throws, leaving the data untouched, when the database is newer than the program or too old, when there can be
 * no snapshot, and when a migration fails.
 */
export async function migrate(store: Store, options: MigrateOptions = {}): Promise<MigrationResult> {
  const { migrations: all = migrations } = options
  if (checkVersion(await schemaVersion(store.reader), options) === all.length) return { applied: [], version: all.length }
  return store.exclusively(async db => {
    const from = await schemaVersion(db)
    if (from === all.length) return { applied: [], version: from }
    const snapshot = (await hasData(db, from)) ? await options.takeSnapshot?.(from, all.length) : undefined
    const applied = await applyMigrations(db, all, snapshot)
    return { applied, version: all.length, ...(snapshot !== undefined && { snapshot }) }
  })
}

/** Applies those of `wanted`, the first migrations, that the database has not had. Call it in a transaction of `exclusively`. */
export async function applyMigrations(
  db: WriteHandle,
  wanted: readonly Migration[],
  snapshot?: string | undefined
): Promise<string[]> {
  const from = await schemaVersion(db)
  for (const [index, { name, up }] of wanted.entries()) {
    if (index < from) continue
    try {
      await up(db)
    } catch (error) {
      throw new Error(`Migration ${name} failed: ${reasonOf(error)}. ${unchanged(from, snapshot)}`, { cause: error })
    }
    await noteMigration(db, index + 1, name)
  }
  return wanted.slice(from).map(({ name }) => name)
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/[.\s]+$/, '')

const unchanged = (version: number, snapshot: string | undefined): string =>
  `Nothing was changed: the database still has schema version ${version}${snapshot ? `, and a copy of it is ${snapshot}` : ''}`

/** The version, if this program can work with it: throws saying which program can. */
export function checkVersion(
  version: number,
  { migrations: all = migrations, oldest: first = oldest }: MigrateOptions = {}
): number {
  if (version > all.length)
    throw new Error(`The database has schema version ${version}, this program knows ${all.length}: start a newer program`)
  if (version > 0 && version < first.version)
    throw new Error(
      `The database has schema version ${version}, this program upgrades from ${first.version} on: first upgrade with Liveforce ${first.through}`
    )
  return version
}

const hasData = async ({ kysely }: Handle, version: number): Promise<boolean> =>
  version > 0 && (await kysely.selectFrom('organizations').select('id').limit(1).executeTakeFirst()) !== undefined

/** Whether the database has this program's schema. */
export const isMigrated = async ({ reader }: Store): Promise<boolean> => (await schemaVersion(reader)) === migrations.length
