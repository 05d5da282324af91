import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../server/db/migrate.ts'
import { openPostgres } from '../server/db/postgres/store.ts'
import { openDisk } from '../server/platform/storage/disk.ts'
import { databaseUrl, query, startPostgres } from '../server/postgres.testing.ts'
import type { Database } from './database.ts'
import { cpuOfTree, parentOf } from './processes.ts'
import { fill, type Seeded, type Wanted } from './seed.ts'
import { startPostgresBaseline, startProduct } from './servers.ts'

/** As an operator would have it: everything on disk before it is acknowledged, a little memory more than it comes with. */
const settings = [
  ...['shared_buffers=512MB', 'max_wal_size=4GB', 'wal_level=replica', 'autovacuum=on'],
  ...['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']
]
/** While a database is filled: its rows are known to fit each other. */
const filling = ['session_replication_role = replica', "maintenance_work_mem = '256MB'"]
const indexes = `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'
  and not exists (select from pg_constraint where conname = indexname)`
const shown = ['shared_buffers', 'fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum', 'max_wal_size', 'jit']

/**
 * A PostgreSQL that is started for it, or the one of TEST_DATABASE_URL, which must run on this machine; with `keep` its databases
 * stay there. Files lie below `root`.
 */
export async function postgresDatabase(root: string, { keep }: { keep: boolean }): Promise<Database> {
  const { url, title, stop } = await startPostgres(settings)
  const [{ pid }] = await query(url, "select pid from pg_stat_activity where backend_type = 'checkpointer'")
  const values = await query(url, 'select name, current_setting(name) as value from unnest($1::text[]) as name', [shown])
  const made = new Set<string>()
  const drop = (name: string) => query(url, `drop database if exists ${name} with (force)`)
  const copy = async (from: string, name: string): Promise<void> => {
    await drop(name)
    await query(url, `create database ${name} template ${from}`)
    made.add(name)
  }
  const placeOf = (name: string) => ({ folder: join(root, name), url: databaseUrl(url, name) })
  return {
    kind: 'postgres',
    title: `${title}, ${values.map(({ name, value }) => `${name}=${value}`).join(', ')}`,
    seed: async ({ rows, leads }) => {
      const name = `liveforce_bench_${rows}${leads ? '_leads' : ''}`
      const known = await query(url, "select shobj_description(oid, 'pg_database') as note from pg_database where datname = $1", [
        name
      ])
      if (!keep) made.add(name)
      if (known[0]?.note) return { ...placeOf(name), authorization: known[0].note, rows }
      await copy('template0', name)
      for (const setting of filling) await query(url, `alter database ${name} set ${setting}`)
      const authorization = await fillDatabase(placeOf(name), { rows, leads })
      await query(url, `alter database ${name} reset all`)
      await query(url, `comment on database ${name} is '${authorization}'`)
      if (keep) made.delete(name)
      return { ...placeOf(name), authorization, rows }
    },
    copy: async (seeded, part) => {
      const name = `liveforce_bench_${part}`
      await copy(nameIn(seeded), name)
      return { ...seeded, ...placeOf(name) }
    },
    remove: async copied => void (await drop(nameIn(copied))),
    startProduct: ({ folder, url = '' }, options) => startProduct(folder, { ...options, env: { DATABASE_URL: url } }),
    startBaseline: ({ url = '' }) => startPostgresBaseline(url),
    cpu: cpuOfTree(parentOf(pid)),
    stop: async () => {
      for (const name of made) await drop(name)
      await stop()
    }
  }
}

const nameIn = ({ url = '' }: Seeded): string => new URL(url).pathname.slice(1)

async function fillDatabase({ folder, url }: { folder: string; url: string }, wanted: Wanted): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const store = openPostgres({ url, connections: 2 })
  try {
    await migrate(store)
    const storage = await openDisk(join(folder, 'files'))
    // Made of all rows at once they take a fraction of the time.
    const dropped = await query(url, indexes)
    for (const { name } of dropped) await query(url, `drop index ${name}`)
    const authorization = await fill({ store, storage, baseUrl: 'http://127.0.0.1', enqueued: new EventEmitter() }, wanted)
    for (const { definition } of dropped) await query(url, definition)
    await query(url, 'vacuum analyze')
    await query(url, 'checkpoint')
    return authorization
  } finally {
    await store.close()
  }
}
