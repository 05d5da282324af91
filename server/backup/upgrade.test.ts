import { readdirSync, readFileSync } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Credentials } from '../auth/tokens.ts'
import { run } from '../db/ddl.ts'
import { schemaVersion } from '../db/dialect.ts'
import { rowsOf, tablesOf } from '../db/dump.ts'
import { type Migration, migrate, migrations } from '../db/migrate.ts'
import { openStore } from '../db/open.ts'
import type { Store } from '../db/store.ts'
import { createOrganization } from '../organizations/actions.ts'
import { startApp, type TestApp } from '../testing.ts'
import { answersOf } from './answers.testing.ts'
import { allRows, at, bytesOf, newFolder, newPlace, type Place } from './backup.testing.ts'
import { readArchive } from './reading.ts'
import { restore } from './restore.ts'
import { demandRoom, snapshots } from './snapshot.ts'
import { silently } from './steps.ts'

// Databases of every earlier schema, as `checks/fixture.ts` kept them, and upgrades that fail.

const fixtures = join(import.meta.dirname, '../db/fixtures')
const known = readdirSync(fixtures)
  .filter(name => name.endsWith('.tar.zst'))
  .map(name => Number.parseInt(name, 10))
const now = migrations.length
const versions = Array.from({ length: now }, (_version, at) => at + 1)

const archiveOf = (version: number): string => join(fixtures, `${version}.tar.zst`)
/** The newest database that was kept and is not newer: a version that no release had is made of an older one. */
const keptFor = (version: number): number => Math.max(...known.filter(one => one <= version))

/** A database of an earlier schema: the very file for SQLite, for PostgreSQL what the archive makes. */
async function stored(version: number): Promise<Place> {
  const place = await newPlace()
  const [from, upTo] = [keptFor(version), { migrations: migrations.slice(0, version) }]
  const { database } = place.config
  if (database.kind === 'sqlite') await writeFile(database.path, gunzipSync(readFileSync(join(fixtures, `${from}.sqlite.gz`))))
  else await at(place, house => restore(house, archiveOf(from), silently, migrations.slice(0, from)))
  await at(place, ({ store }) => migrate(store, upTo))
  return place
}

/** That every row of the archive is in the database, in the columns that it had. */
async function expectRows(store: Store, version: number): Promise<void> {
  const wanted: Record<string, { columns: string[]; rows: unknown[][] }> = {}
  await readArchive(archiveOf(version), {
    rows: async ({ name, columns }, rows) => {
      wanted[name] = { columns, rows: [...(wanted[name]?.rows ?? []), ...rows] }
    },
    file: async (_key, content) => void (await bytesOf(content))
  })
  await store.snapshot(async db => {
    const tables = new Map((await tablesOf(db)).map(table => [table.name, table]))
    for (const [name, { columns, rows }] of Object.entries(wanted)) {
      const found: unknown[][] = []
      for await (const some of rowsOf(db, { name, columns, key: tables.get(name)!.key })) found.push(...some)
      expect(found, name).toEqual(rows)
    }
  })
}

/** That the app answers what the program of that version answered; it may answer more. */
async function expectAnswers(app: TestApp, version: number): Promise<void> {
  const kept = JSON.parse(gunzipSync(readFileSync(join(fixtures, `${version}.json.gz`))).toString()) as {
    credentials: Credentials
    answers: Record<string, string>
  }
  const parsed = (answer = ''): unknown => (answer.startsWith('200 {') ? JSON.parse(answer.slice(4)) : answer)
  const own = await answersOf(app.api(kept.credentials).get)
  expect(Object.keys(kept.answers).length).toBeGreaterThan(50)
  for (const [path, answer] of Object.entries(kept.answers))
    expect([path, parsed(own[path])]).toMatchObject([path, parsed(answer)])
}

const upgrades: [version: number, way: string, app: TestApp][] = []
for (const version of versions) {
  const place = await stored(version)
  await at(place, ({ store }) => migrate(store))
  upgrades.push([version, 'upgraded', await startApp(place.env)])
}
for (const version of known) {
  const place = await newPlace()
  await at(place, house => restore(house, archiveOf(version), silently))
  upgrades.push([version, 'restored', await startApp(place.env)])
}

test.each(upgrades)(
  'a database of schema version %i, %s by this program, has every row and gives the same answers',
  async (version, _way, app) => {
    expect(await schemaVersion(app.app.house.store.reader)).toBe(now)
    await expectRows(app.app.house.store, keptFor(version))
    await expectAnswers(app, keptFor(version))
    const org = await createOrganization(app.app.house, { name: 'Later', email: 'later@example.com' })
    const { status } = await app.api(org.app).post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
    expect([status, org.organizationId]).toEqual([200, 3])
  }
)

const adding: Migration = { name: '9998_adding', up: db => run(db, 'create table added (id bigint primary key)') }
const failing: Migration = {
  name: '9999_failing',
  up: async db => {
    await run(db, 'delete from notes')
    await run(db, 'insert into nowhere values (1)')
  }
}

/** A database with data, and the folder where its copies come. */
async function filled(): Promise<{ place: Place; copies: () => Promise<string[]> }> {
  const place = await stored(now)
  const { database, dataDir } = place.config
  const folder = database.kind === 'sqlite' ? dirname(database.path) : join(dataDir, 'snapshots')
  const copies = async () => (await readdir(folder).catch(() => [])).filter(name => name.startsWith('liveforce-before-'))
  return { place, copies: async () => (await copies()).map(name => join(folder, name)) }
}

/** All rows of a copy: an SQLite file, or an archive that is restored. */
async function rowsOfCopy(path: string) {
  if (!path.endsWith('.db')) {
    const place = await newPlace()
    return at(place, async house => {
      await restore(house, path, silently)
      return allRows(house.store)
    })
  }
  const store = openStore({ kind: 'sqlite', path })
  return allRows(store).finally(() => store.close())
}

test('before an upgrade a copy is kept from which everything can be had again', async () => {
  const { place, copies } = await filled()
  await at(place, async house => {
    const before = await allRows(house.store)
    const result = await migrate(house.store, {
      migrations: [...migrations, adding],
      takeSnapshot: snapshots(house, place.config)
    })
    expect(result).toEqual({
      applied: ['9998_adding'],
      version: now + 1,
      snapshot: expect.stringContaining(`before-${now + 1}-`)
    })
    expect(await copies()).toEqual([result.snapshot])
    expect((await stat(result.snapshot!)).mode & 0o777).toBe(0o600)
    expect(await rowsOfCopy(result.snapshot!)).toEqual(before)
    expect(await allRows(house.store)).toEqual({ ...before, added: [] })
  })
})

test('a migration that fails leaves the data as it was, undoes those before it, and says which it is and where the copy is', async () => {
  const { place, copies } = await filled()
  await at(place, async house => {
    const before = await allRows(house.store)
    const upgrade = migrate(house.store, {
      migrations: [...migrations, adding, failing],
      takeSnapshot: snapshots(house, place.config)
    })
    const error = await upgrade.catch(error => error as Error)
    const [copy] = await copies()
    expect(String(error)).toMatch(
      /^Error: Migration 9999_failing failed: .*nowhere.*\. Nothing was changed: the database still has/
    )
    expect(String(error)).toContain(`schema version ${now}, and a copy of it is ${copy}`)
    expect(await allRows(house.store)).toEqual(before)
    expect(await schemaVersion(house.store.reader)).toBe(now)
    expect(await migrate(house.store)).toEqual({ applied: [], version: now })
    expect(await rowsOfCopy(copy!)).toEqual(before)
  })
})

test('of processes that upgrade at once one does it, and keeps one copy', async () => {
  const { place, copies } = await filled()
  const upgrade = () =>
    at(place, house =>
      migrate(house.store, { migrations: [...migrations, adding], takeSnapshot: snapshots(house, place.config) })
    )
  const results = await Promise.all([upgrade(), upgrade(), upgrade()])
  expect(results.flatMap(({ applied }) => applied)).toEqual(['9998_adding'])
  expect(await copies()).toHaveLength(1)
})

test('nothing is copied without data, and nothing is upgraded without room for the copy', async () => {
  const empty = await newPlace()
  const takeSnapshot = () => Promise.reject(new Error('No room'))
  await at(empty, async ({ store }) => {
    await migrate(store, { takeSnapshot })
    expect((await migrate(store, { migrations: [...migrations, adding], takeSnapshot })).snapshot).toBeUndefined()
  })
  const { place } = await filled()
  await at(place, async ({ store }) => {
    const before = await allRows(store)
    await expect(migrate(store, { migrations: [...migrations, adding], takeSnapshot })).rejects.toThrow('No room')
    expect(await allRows(store)).toEqual(before)
  })
  const folder = await newFolder()
  await demandRoom(folder, 1000)
  await expect(demandRoom(folder, 1e18)).rejects.toThrow(
    /There is no room .* MB free, 1000000000000 MB are needed.*--no-snapshot/
  )
})

test('a database that is too old is refused with the release to go through', async () => {
  const { place } = await filled()
  await at(place, async ({ store }) => {
    const oldest = { version: now + 1, through: '7.2' }
    const upgrade = migrate(store, { migrations: [...migrations, adding, adding], oldest })
    await expect(upgrade).rejects.toThrow(`upgrades from ${now + 1} on: first upgrade with Liveforce 7.2`)
  })
})
