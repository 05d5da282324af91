import type { Config } from './config.ts'
import { openStore } from './db/open.ts'
import type { House } from './platform/context.ts'
import { openStorage } from './platform/storage.ts'

/** Opens the database and the file store, making them where they are missing. The caller closes the store. */
export async function openHouse(config: Config): Promise<House> {
  const storage = await openStorage(`${config.dataDir}/files`)
  return { store: openStore(config.database), storage, baseUrl: config.baseUrl }
}
