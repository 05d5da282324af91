import { EventEmitter } from 'node:events'
import type { Config } from './config.ts'
import { openStore } from './db/open.ts'
import type { House } from './platform/context.ts'
import { openDisk } from './platform/storage/disk.ts'
import type { Storage } from './platform/storage.ts'

/** Opens the database and the file store, making them where they are missing. The caller closes the store. */
export async function openHouse(config: Config): Promise<House> {
  const storage = await openStorage(config.files)
  return { store: openStore(config.database), storage, baseUrl: config.baseUrl, enqueued: new EventEmitter() }
}

/** Opens the file store that the configuration names. The SDK takes time and memory: it is loaded where a bucket is used. */
export async function openStorage(place: Config['files']): Promise<Storage> {
  return place.kind === 's3' ? (await import('./platform/storage/s3.ts')).openS3(place) : openDisk(place.root)
}
