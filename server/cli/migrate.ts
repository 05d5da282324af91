import type { Config } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { withHouse } from './database.ts'
import { print, printJson } from './output.ts'

/** `liveforce migrate`: brings the database to the schema of this program. */
export async function migrateDatabase(config: Config, { json }: { json?: boolean }): Promise<void> {
  const { applied, version } = await withHouse(config, house => migrate(house.store))
  if (json) return printJson({ applied, version })
  print(...applied.map(name => `applied ${name}`), `The database has schema version ${version}.`)
}
