import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { schemaVersion } from '../db/dialect.ts'
import { isMigrated, migrate } from '../db/migrate.ts'
import { refusalOf, placeOf as serverOf } from '../db/postgres/refusals.ts'
import { openHouse } from '../house.ts'
import { contextOf } from '../organizations/queries.ts'
import type { Context, House } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
import { Failure, refusedBySystem } from './failures.ts'

/** Runs a command's work on the configured database and closes it. */
export async function withHouse<T>(config: Config, work: (house: House) => Promise<T>): Promise<T> {
  try {
    const house = await openHouse(config)
    try {
      return await work(house)
    } finally {
      await house.store.close()
    }
  } catch (error) {
    throw refusedByData(error, config)
  }
}

/** The error, or the failure that names the variable by which the data cannot be used. */
export function refusedByData(error: unknown, config: Config): unknown {
  const { database } = config
  const refusal = database.kind === 'postgres' && refusalOf(error, database.url)
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

/** The same for work that may come before the first start: a new database gets its schema. */
export const withMadeHouse = <T>(config: Config, work: (house: House) => Promise<T>): Promise<T> =>
  withHouse(config, async house => {
    if ((await schemaVersion(house.store.reader)) === 0) await migrate(house.store)
    else if (!(await isMigrated(house.store)))
      throw new Failure('The schema of the database is not that of this program; run liveforce migrate')
    return work(house)
  })

/** The same for work that needs a database that is there already. */
export async function withOldHouse<T>(config: Config, work: (house: House) => Promise<T>): Promise<T> {
  refuseMissing(config)
  return withMadeHouse(config, work)
}

/** Refuses to go on where an SQLite file would be made. */
export function refuseMissing({ database }: Config): void {
  if (database.kind === 'sqlite' && !existsSync(database.path))
    throw new Failure(`There is no database at ${database.path}; set DATA_DIR or DATABASE_URL, or run liveforce start first`)
}

/** The same in an organization. */
export const inOrganization = <T>(config: Config, id: number, work: (ctx: Context) => Promise<T>): Promise<T> =>
  withOldHouse(config, async house => work(await contextOf(house, id).catch(error => refuseUnknown(error, id))))

function refuseUnknown(error: unknown, id: number): never {
  throw error instanceof Problem && error.kind === 'not_found' ? new Failure(`There is no organization ${id}`) : error
}
