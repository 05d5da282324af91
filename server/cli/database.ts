import { existsSync } from 'node:fs'
import type { Config } from '../config.ts'
import { schemaVersion } from '../db/dialect.ts'
import { isMigrated, migrate } from '../db/migrate.ts'
import { openHouse } from '../house.ts'
import { contextOf } from '../organizations/queries.ts'
import type { Context, House } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
import { Failure } from './failures.ts'
import { refusedByData } from './places.ts'

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

/** The same for work that may come before the first start: a new database gets its schema. */
export const withMadeHouse = <T>(config: Config, work: (house: House) => Promise<T>): Promise<T> =>
  withHouse(config, async house => {
    if (await isEmpty(house)) await migrate(house.store)
    await checkSchema(house)
    return work(house)
  })

/** The same for work that needs a database that is there already. */
export async function withOldHouse<T>(config: Config, work: (house: House) => Promise<T>): Promise<T> {
  refuseMissing(config)
  return withHouse(config, async house => {
    if (await isEmpty(house)) throw missing(house.store.place)
    await checkSchema(house)
    return work(house)
  })
}

const isEmpty = async ({ store }: House): Promise<boolean> => (await schemaVersion(store.reader)) === 0

async function checkSchema({ store }: House): Promise<void> {
  if (!(await isMigrated(store)))
    throw new Failure('The schema of the database is not that of this program; run liveforce migrate')
}

/** Refuses to go on where an SQLite file would be made. */
export function refuseMissing({ database }: Config): void {
  if (database.kind === 'sqlite' && !existsSync(database.path)) throw missing(database.path)
}

function missing(place: string): Failure {
  return new Failure(`There is no database at ${place}; set DATA_DIR or DATABASE_URL, or run liveforce start first`)
}

/** The same in an organization. */
export const inOrganization = <T>(config: Config, id: number, work: (ctx: Context) => Promise<T>): Promise<T> =>
  withOldHouse(config, async house => work(await contextOf(house, id).catch(error => refuseUnknown(error, id))))

function refuseUnknown(error: unknown, id: number): never {
  throw error instanceof Problem && error.kind === 'not_found' ? new Failure(`There is no organization ${id}`) : error
}
