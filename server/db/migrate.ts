import type { Target } from './ddl.ts'
import { noteMigration, schemaVersion } from './dialect.ts'
import * as initial from './migrations/0001_initial.ts'
import * as customersByTime from './migrations/0004_customers_by_time.ts'
import type { Store } from './store.ts'

/** Every migration, oldest first; the number of the last one is the schema's version. */
const migrations: { name: string; up: (db: Target) => Promise<void> }[] = [
  { name: '0001_initial', ...initial },
  { name: '0004_customers_by_time', ...customersByTime }
]

export interface MigrationResult {
  applied: string[]
  version: number
}

/**
 * Brings the database to this program's schema, each migration in one transaction that waits for other processes which migrate.
 * Throws, leaving the data untouched, when the database is newer than the program.
 */
export async function migrate(store: Store): Promise<MigrationResult> {
  const applied: string[] = []
  const version = await schemaVersion(store.reader)
  if (version > migrations.length) {
    throw new Error(`The database has schema version ${version}, this program knows ${migrations.length}: start a newer program`)
  }
  for (const [index, { name, up }] of migrations.entries()) {
    if (index < version) continue
    await store.exclusively(async db => {
      if (index < (await schemaVersion(db))) return
      await up(db)
      await noteMigration(db, index + 1, name)
      applied.push(name)
    })
  }
  return { applied, version: migrations.length }
}

/** Whether the database has this program's schema. */
export const isMigrated = async ({ reader }: Store): Promise<boolean> => (await schemaVersion(reader)) === migrations.length
