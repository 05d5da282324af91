import type Sqlite from 'better-sqlite3'
import type { Kysely } from 'kysely'
import * as initial from './migrations/0001_initial.ts'
import * as jobs from './migrations/0003_jobs.ts'
import type { Store } from './open.ts'

/** Every migration, oldest first; the number of the last one is the schema's version. */
const migrations: { name: string; up: (db: Kysely<unknown>) => Promise<void> }[] = [
  { name: '0001_initial', ...initial },
  { name: '0003_jobs', ...jobs }
]

export interface MigrationResult {
  applied: string[]
  version: number
}

/**
 * Brings the database to this program's schema, each migration in one transaction.
 * Throws, leaving the data untouched, when the database is newer than the program.
 */
export async function migrate(store: Store): Promise<MigrationResult> {
  const db = store.writer.kysely as unknown as Kysely<unknown>
  const { raw } = store.writer
  const version = (): number => Number(raw.pragma('user_version', { simple: true }))
  const applied: string[] = []
  if (version() > migrations.length) {
    throw new Error(
      `The database has schema version ${version()}, this program knows ${migrations.length}: start a newer program`
    )
  }
  for (const [index, { name, up }] of migrations.entries()) {
    if (index < version()) continue
    beginAfterOthers(raw)
    try {
      if (index >= version()) {
        await up(db)
        raw.pragma(`user_version = ${index + 1}`)
        applied.push(name)
      }
      raw.exec('commit')
    } catch (error) {
      raw.exec('rollback')
      throw error
    }
  }
  return { applied, version: migrations.length }
}

/** Waits for another process that migrates. */
function beginAfterOthers(raw: Sqlite.Database): void {
  raw.pragma('busy_timeout = 60000')
  try {
    raw.exec('begin immediate')
  } finally {
    raw.pragma('busy_timeout = 0')
  }
}

/** Whether the database has this program's schema. */
export const isMigrated = (store: Store): boolean =>
  Number(store.writer.raw.pragma('user_version', { simple: true })) === migrations.length
