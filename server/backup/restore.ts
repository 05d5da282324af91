import { moveIds, schemaVersion, withLateReferences } from '../db/dialect.ts'
import { rowsOf, type Table, tablesOf } from '../db/dump.ts'
import type { WriteHandle } from '../db/handle.ts'
import { applyMigrations, migrations } from '../db/migrate.ts'
import type { House } from '../platform/context.ts'
import type { Storage } from '../platform/storage.ts'
import { digestOfRows, type Manifest } from './format.ts'
import { type Contents, readArchive, readManifest } from './reading.ts'
import { indexAll, indexed } from './search.ts'
import type { Steps } from './steps.ts'

/**
 * Fills an empty database, of either kind, and an empty file store from an archive, upgrades it to this program's schema, and
 * checks that every row is as the archive has it. One transaction: whatever fails leaves both empty. Throws when the archive is
 * damaged or newer than the program, and when there is data already. `all` are the migrations, fewer in tests.
 */
export async function restore(house: House, path: string, steps: Steps, all = migrations): Promise<Contents> {
  const manifest = await readManifest(path)
  checkProgram(path, manifest)
  const { store, storage } = house
  let begun = false
  const work = async (db: WriteHandle): Promise<Contents> => {
    await applyMigrations(db, all.slice(0, manifest.schema_version))
    const tables = await checkTables(db, path, manifest)
    await refuseData(db, manifest.files === null ? undefined : storage)
    begun = manifest.files !== null
    const contents = await load(db, storage, path, steps)
    await compare(db, tables, contents, steps)
    await moveIds(db, new Map(manifest.tables.map(({ name, last_id = 0 }) => [name, last_id])))
    await applyMigrations(db, all)
    await indexAll(house, db, steps)
    return contents
  }
  const rows = (names?: string[]): number =>
    manifest.tables.reduce((sum, { name, rows }) => (!names || names.includes(name) ? sum + rows : sum), 0)
  await steps.begin(2 * rows() + rows(indexed) + (manifest.files ?? 0))
  try {
    return await store.filling(() => store.loading(work))
  } catch (error) {
    if (begun) await emptyStorage(storage)
    throw error
  }
}

function checkProgram(path: string, { schema_version, program_version }: Manifest): void {
  if (schema_version > migrations.length)
    throw new Error(
      `The archive ${path} has schema version ${schema_version}, this program knows ${migrations.length}: use Liveforce ${program_version} or newer`
    )
}

/** The tables of the database, when they are those of the archive. */
async function checkTables(db: WriteHandle, path: string, { schema_version, tables }: Manifest): Promise<Table[]> {
  const version = await schemaVersion(db)
  if (version !== schema_version)
    throw new Error(
      `The database has schema version ${version} already, and the archive ${schema_version}: restore into a new database, which gets the archive's first`
    )
  const own = await tablesOf(db)
  const told = (list: Pick<Table, 'name' | 'columns'>[]): string =>
    JSON.stringify(list.map(({ name, columns }) => [name, columns]))
  if (told(own) !== told(tables)) throw new Error(`The archive ${path} has other tables than schema version ${version}`)
  return own
}

const later = (): Date => new Date(Date.now() + 86_400_000)

async function refuseData({ kysely }: WriteHandle, storage: Storage | undefined): Promise<void> {
  if (await kysely.selectFrom('organizations').select('id').limit(1).executeTakeFirst())
    throw new Error('The database has organizations already: restore into a new, empty one')
  for await (const _key of storage?.keysBefore(later()) ?? [])
    throw new Error('The file store has files already: restore into an empty one, set FILES_URL')
}

const load = async (db: WriteHandle, storage: Storage, path: string, steps: Steps): Promise<Contents> => {
  let contents: Contents | undefined
  await withLateReferences(db, async () => {
    contents = await readArchive(path, {
      rows: async ({ name, columns }, rows) => {
        await db.insertMany(name as Parameters<WriteHandle['insertMany']>[0], columns, rows)
        steps.add(rows.length)
      },
      file: async (key, content) => {
        await storage.put(key, content)
        steps.add(1)
      }
    })
  })
  return contents!
}

async function compare(db: WriteHandle, tables: Table[], { checksums }: Contents, steps: Steps): Promise<void> {
  for (const table of tables) {
    const wanted = checksums.tables[table.name]
    const digest = await digestOfRows(rowsOf(db, table), steps.add)
    if (wanted !== undefined && digest !== wanted)
      throw new Error(`The rows of ${table.name} are not in the database as the archive has them; nothing was restored`)
  }
}

/** What was stored for a restore that failed: the store had no file before it. */
async function emptyStorage(storage: Storage): Promise<void> {
  for await (const key of storage.keysBefore(later())) await storage.remove(key)
}
