import { join } from 'node:path'
import type { Config } from '../config.ts'
import { refusalOf, placeOf as serverOf } from '../db/postgres/refusals.ts'
import { Failure, refusedBySystem } from './failures.ts'

/** The error, or the failure that names the variable by which the data cannot be used. */
export function refusedByData(error: unknown, config: Config): unknown {
  const { database } = config
  // What the server does not let a migration do is the migration's cause.
  const reasons = [error, error instanceof Error ? error.cause : undefined]
  const refusal = database.kind === 'postgres' && reasons.map(reason => refusalOf(reason, database.url)).find(Boolean)
  return refusal
    ? new Failure(`DATABASE_URL (${serverOf(database.url)}) ${refusal}`)
    : refusedBySystem(error, placeOf(config, error))
}

/** The variable that says where the data is that the error is about. */
function placeOf({ database, dataDir, files }: Config, error: unknown): string {
  const { code = '', path = '' } = error as { code?: string; path?: string }
  const isElsewhere = files.kind === 'disk' && files.root !== join(dataDir, 'files')
  if (isElsewhere && path.startsWith(files.root)) return `FILES_URL (${files.root})`
  if (database.kind === 'postgres' || database.path === join(dataDir, 'liveforce.db')) return `DATA_DIR (${dataDir})`
  return code.startsWith('SQLITE_')
    ? `DATABASE_URL (${database.path})`
    : `DATA_DIR (${dataDir}) or DATABASE_URL (${database.path})`
}
