import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { migrate } from './db/migrate.ts'
import { openStore } from './db/open.ts'
import type { Store } from './db/store.ts'
import { startPgBouncer } from './pgbouncer.testing.ts'
import { databaseUrl, query, startPostgres } from './postgres.testing.ts'

// The databases of the postgres project: one server and one migrated template a run, a copy of the template for each app.

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run and what the names of its databases begin with; absent in the sqlite project. */
    postgres?: { url: string; run: string }
  }
}

/** Vitest calls it once, before the first suite of the postgres project. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, title, stop } = await startPostgres()
  const run = `liveforce_test_${randomBytes(4).toString('hex')}`
  const finish = async (): Promise<void> => {
    const names = await query(url, 'select datname from pg_database where starts_with(datname, $1)', [`${run}_`])
    for (const { datname } of names) await query(url, `drop database if exists ${datname} with (force)`)
    await stop()
  }
  console.error(`Tests run on ${title}`)
  try {
    await query(url, `create database ${run}_template`)
    const store = openStore({ kind: 'postgres', url: databaseUrl(url, `${run}_template`), connections: 1 })
    await migrate(store).finally(() => store.close())
  } catch (error) {
    await finish()
    throw error
  }
  project.provide('postgres', { url, run })
  return finish
}

let through = (url: string): string => url

/** From now on this file's tests reach their databases through a PgBouncer in transaction mode, with four connections each. */
export async function databasesThroughPgBouncer(): Promise<void> {
  const pooler = await startPgBouncer(inject('postgres')!.url)
  afterAll(pooler.stop)
  through = pooler.through
}

/** A new database of the postgres project: migrated, or empty. Absent in the sqlite project, where a file is enough. */
export async function makeDatabase({ empty = false } = {}): Promise<{ url: string; drop(): Promise<void> } | undefined> {
  const postgres = inject('postgres')
  if (!postgres) return undefined
  const name = `${postgres.run}_${randomBytes(6).toString('hex')}`
  await query(postgres.url, `create database ${name} template ${empty ? 'template0' : `${postgres.run}_template`}`)
  return {
    url: through(databaseUrl(postgres.url, name)),
    drop: async () => void (await query(postgres.url, `drop database if exists ${name} with (force)`))
  }
}

/** The environment of a new folder and an empty database of the project. */
export async function makeEnv(): Promise<{
  env: Record<'DATA_DIR' | 'DATABASE_URL' | 'BASE_URL', string>
  drop(): Promise<void>
}> {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'liveforce-test-'))
  const database = await makeDatabase({ empty: true })
  return {
    // Vitest's own BASE_URL is none of ours.
    env: { DATA_DIR, DATABASE_URL: database?.url ?? '', BASE_URL: '' },
    drop: async () => {
      await database?.drop()
      await rm(DATA_DIR, { recursive: true, force: true })
    }
  }
}

/**
 * Changes rows in a transaction that goes on until the function is called that it resolves with: other writers of the rows wait, in
 * SQLite all other writers.
 */
export async function hold(store: Store, change: string): Promise<() => Promise<void>> {
  const [held, freed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = store.exclusively(async db => {
    await db.all(change, [])
    held.resolve()
    await freed.promise
  })
  await Promise.race([held.promise, holding])
  return () => {
    freed.resolve()
    return holding
  }
}
