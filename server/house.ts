import { EventEmitter } from 'node:events'
import type { Config } from './config.ts'
import { openStore } from './db/open.ts'
import type { House } from './platform/context.ts'
import { openStorage } from './platform/storage.ts'

/** The SQLite file that the configuration names. */
export const databasePath = ({ databaseUrl, dataDir }: Config): string => databaseUrl ?? `${dataDir}/liveforce.db`

/** Opens the database and the file store, making them where they are missing. The caller closes the store. */
export async function openHouse(config: Config): Promise<House> {
  const storage = await openStorage(`${config.dataDir}/files`)
  return { store: openStore(databasePath(config)), storage, baseUrl: config.baseUrl, enqueued: new EventEmitter() }
}
