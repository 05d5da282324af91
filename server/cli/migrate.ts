import { upgrade } from '../backup/snapshot.ts'
import type { Config } from '../config.ts'
import { withHouse } from './database.ts'
import { print, printJson } from './output.ts'

interface Options {
  snapshot: boolean
  json?: boolean
}

/** `liveforce migrate`: brings the database to the schema of this program. */
export async function migrateDatabase(config: Config, { snapshot: isKept, json }: Options): Promise<void> {
  const result = await withHouse(config, house => upgrade(house, config, isKept))
  if (json) return printJson(result)
  const { applied, version, snapshot } = result
  print(
    ...(snapshot ? [`kept a copy from before: ${snapshot}`] : []),
    ...applied.map(name => `applied ${name}`),
    `The database has schema version ${version}.`
  )
}
