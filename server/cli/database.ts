import { existsSync } from 'node:fs'
import type { Config } from '../config.ts'
import { isMigrated, migrate } from '../db/migrate.ts'
import { databasePath, openHouse } from '../house.ts'
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
    throw refusedBySystem(error, placeOf(config, error))
  }
}

/** The variable that says where the data is that the error is about. */
export function placeOf({ databaseUrl, dataDir }: Config, error: unknown): string {
  const { code = '' } = error as { code?: string }
  if (databaseUrl === undefined) return `DATA_DIR (${dataDir})`
  return code.startsWith('SQLITE_') ? `DATABASE_URL (${databaseUrl})` : `DATA_DIR (${dataDir}) or DATABASE_URL (${databaseUrl})`
}

/** The same for work that may come before the first start: a new database gets its schema. */
export const withMadeHouse = <T>(config: Config, work: (house: House) => Promise<T>): Promise<T> =>
  withHouse(config, async house => {
    const version = Number(house.store.reader.raw.pragma('user_version', { simple: true }))
    if (version === 0) await migrate(house.store)
    else if (!isMigrated(house.store))
      throw new Failure('The schema of the database is not that of this program; run liveforce migrate')
    return work(house)
  })

/** The same for work that needs a database that is there already. */
export async function withOldHouse<T>(config: Config, work: (house: House) => Promise<T>): Promise<T> {
  const path = databasePath(config)
  if (!existsSync(path))
    throw new Failure(`There is no database at ${path}; set DATA_DIR or DATABASE_URL, or run liveforce start first`)
  return withMadeHouse(config, work)
}

/** The same in an organization. */
export const inOrganization = <T>(config: Config, id: number, work: (ctx: Context) => Promise<T>): Promise<T> =>
  withOldHouse(config, async house => work(await contextOf(house, id).catch(error => refuseUnknown(error, id))))

function refuseUnknown(error: unknown, id: number): never {
  throw error instanceof Problem && error.kind === 'not_found' ? new Failure(`There is no organization ${id}`) : error
}
