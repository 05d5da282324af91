import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { type Config, readConfig } from '../config.ts'
import { makeDatabase } from '../database.testing.ts'
import { rowsOf, tablesOf } from '../db/dump.ts'
import type { Dialect } from '../db/handle.ts'
import type { Store } from '../db/store.ts'
import { openHouse } from '../house.ts'
import type { House } from '../platform/context.ts'

// Places to restore into, and what is compared there.

export interface Place {
  env: Record<string, string>
  config: Config
}

/** Which database the project's tests are about. */
export const kindOfProject: Dialect = inject('postgres') ? 'postgres' : 'sqlite'

/** A folder of its own, gone after the file's tests. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'liveforce-backup-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An empty database, of the project's kind unless another is named, and an empty file store. */
export async function newPlace(kind = kindOfProject): Promise<Place> {
  const folder = await newFolder()
  const database = kind === 'postgres' ? await makeDatabase({ empty: true }) : undefined
  afterAll(() => database?.drop())
  const env = {
    DATA_DIR: folder,
    DATABASE_URL: database?.url ?? `sqlite:${folder}/liveforce.db`,
    FILES_URL: `file://${folder}/files`
  }
  return { env, config: readConfig({ ...env, PORT: '0', LOG_LEVEL: 'silent' }) }
}

/** Runs work on a place and closes it. */
export async function at<T>({ config }: Place, work: (house: House) => Promise<T>): Promise<T> {
  const house = await openHouse(config)
  return work(house).finally(() => house.store.close())
}

/** All rows by table, as one moment has them. */
export const allRows = (store: Store): Promise<Record<string, unknown[][]>> =>
  store.snapshot(async db => {
    const tables: Record<string, unknown[][]> = {}
    for (const table of await tablesOf(db)) {
      tables[table.name] = []
      for await (const rows of rowsOf(db, table)) tables[table.name]?.push(...rows)
    }
    return tables
  })

export async function bytesOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What lies in a file store, by key. */
export async function filesOf({ storage }: House): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for await (const key of storage.keysBefore(new Date(Date.now() + 60_000)))
    files[key] = (await bytesOf((await storage.open(key))!.stream)).toString('base64')
  return Object.fromEntries(Object.entries(files).sort())
}
