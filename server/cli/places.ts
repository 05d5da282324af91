import { join } from 'node:path'
import type { Config } from '../config.ts'
import { isBroken } from '../db/dialect.ts'
import { Failure, refusedBySystem } from './failures.ts'

/** Names the variable that says where the data is, when the error is that it cannot be used there. */
export function refusedByPlace(error: unknown, config: Config): unknown {
  if (config.database.kind === 'sqlite' || !isBroken(error)) return refusedBySystem(error, placeOf(config, error))
  const { code = '' } = error as { code?: string }
  if (code === '3D000') return new Failure('DATABASE_URL names a database that is not there; create it')
  if (code.startsWith('28')) return new Failure('DATABASE_URL is refused with this user and password; check them')
  return new Failure('DATABASE_URL does not answer; check its host and port, and the network')
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
