import { createHash } from 'node:crypto'
import { lastIds, schemaVersion } from '../db/dialect.ts'
import { countRows, rowsOf, type Table, tablesOf } from '../db/dump.ts'
import type { Handle } from '../db/handle.ts'
import { checkVersion } from '../db/migrate.ts'
import { isoTime } from '../platform/clock.ts'
import type { House } from '../platform/context.ts'
import type { Storage } from '../platform/storage.ts'
import { watched } from './content.ts'
import { type Checksums, digestOf, entryNames, format, lineOf, type Manifest, programVersion } from './format.ts'
import { type Adder, writeContainer } from './pack.ts'
import type { Steps } from './steps.ts'

export interface Written {
  manifest: Manifest
  /** Files that rows name and that the file store did not have. */
  missing: number
  bytes: number
}

/**
 * Writes all rows, as they are at one moment, and the files they name into a new archive, while others work; `files: false` leaves
 * the files out. Throws when the database is empty or newer than the program, and when the archive cannot be written.
 */
export async function backup(
  { store, storage }: Pick<House, 'store' | 'storage'>,
  path: string,
  { files, steps }: { files: boolean; steps: Steps }
): Promise<Written> {
  return store.snapshot(async db => {
    if (checkVersion(await schemaVersion(db)) === 0) throw new Error('There is nothing to back up: the database is empty')
    const tables = await tablesOf(db)
    const manifest = await describe(db, tables, files)
    await steps.begin(manifest.tables.reduce((sum, { rows }) => sum + rows, manifest.files ?? 0))
    let missing = 0
    const bytes = await writeContainer(path, async add => {
      const text = `${JSON.stringify(manifest, null, 2)}\n`
      await add.text(entryNames.manifest, text)
      const checksums: Checksums = { manifest: digestOf(text), tables: {}, files: digestOf(''), missing: 0 }
      for (const table of tables) {
        const digest = await addTable(db, table, add, steps)
        if (digest) checksums.tables[table.name] = digest
      }
      if (files) Object.assign(checksums, await addFiles(db, storage, add, steps))
      await add.text(entryNames.checksums, `${JSON.stringify(checksums, null, 2)}\n`)
      missing = checksums.missing
    })
    return { manifest, missing, bytes }
  })
}

async function describe(db: Handle, tables: Table[], withFiles: boolean): Promise<Manifest> {
  const numbered = tables.filter(({ isNumbered }) => isNumbered).map(({ name }) => name)
  const last = await lastIds(db, numbered)
  const described: Manifest['tables'] = []
  for (const { name, columns } of tables) {
    const last_id = last.get(name)
    described.push({ name, columns, rows: await countRows(db, name), ...(last_id !== undefined && { last_id }) })
  }
  return {
    format,
    program_version: programVersion,
    schema_version: await schemaVersion(db),
    database: db.dialect,
    created_at: isoTime(Date.now()),
    tables: described,
    files: withFiles ? (described.find(({ name }) => name === 'files')?.rows ?? 0) : null
  }
}

const portionRows = 5000
const portionLength = 4_000_000

/** Adds a table's rows in portions; resolves with their digest, undefined when there are none. */
async function addTable(db: Handle, table: Table, add: Adder, steps: Steps): Promise<string | undefined> {
  const hash = createHash('sha256')
  let [nth, text, rows] = [0, '', 0]
  const flush = async (): Promise<void> => {
    if (rows === 0) return
    nth += 1
    hash.update(text)
    await add.text(entryNames.portion(table.name, nth), text)
    steps.add(rows)
    ;[text, rows] = ['', 0]
  }
  for await (const some of rowsOf(db, table)) {
    for (const row of some) {
      text += lineOf(row)
      rows += 1
      if (rows === portionRows || text.length >= portionLength) await flush()
    }
  }
  await flush()
  return nth > 0 ? hash.digest('hex') : undefined
}

/** Adds the files that rows name. One that was removed since the snapshot, or was lost before, is counted as missing. */
async function addFiles(db: Handle, storage: Storage, add: Adder, steps: Steps): Promise<Pick<Checksums, 'files' | 'missing'>> {
  const all = createHash('sha256')
  let missing = 0
  for await (const rows of rowsOf(db, {
    name: 'files',
    columns: ['organization_id', 'id', 'key'],
    key: ['organization_id', 'id']
  })) {
    for (const key of rows.map(row => String(row[2]))) {
      const file = await storage.open(key)
      if (file) {
        const hash = createHash('sha256')
        await add.stream(entryNames.file(key), file.size, watched(file.stream, hash))
        all.update(`${hash.digest('hex')}  ${key}\n`)
      } else missing += 1
      steps.add(1)
    }
  }
  return { files: all.digest('hex'), missing }
}
