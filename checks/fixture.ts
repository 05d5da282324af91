import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createApp } from '../server/app.ts'
import { answersOf } from '../server/backup/answers.testing.ts'
import { backup } from '../server/backup/backup.ts'
import { silently } from '../server/backup/steps.ts'
import { readConfig } from '../server/config.ts'
import { migrate, migrations } from '../server/db/migrate.ts'
import { openHouse } from '../server/house.ts'
import { createOrganization } from '../server/organizations/actions.ts'
import { contextOf } from '../server/organizations/queries.ts'
import { seedDemo } from '../server/seed/demo.ts'

// `node checks/fixture.ts`: a small database of this schema's version for `server/backup/upgrade.test.ts`, which upgrades it with every
// later program: as an SQLite file, as an archive for PostgreSQL, and what its API answers. Run it before a released schema gets a new migration.

const folder = mkdtempSync(join(tmpdir(), 'liveforce-fixture-'))
const config = readConfig({ DATA_DIR: folder, LOG_LEVEL: 'silent', RATE_LIMIT: 'off', BASE_URL: 'http://crm.example.com' })
/** Fills the database and resolves with the credentials of an app and what it is answered. */
async function fill() {
  const app = await createApp(config)
  try {
    await migrate(app.house.store)
    const firm = { name: 'Firm', email: 'admin@example.com', timeZone: 'Europe/Berlin', currency: 'EUR' }
    const { organizationId, app: credentials } = await createOrganization(app.house, firm)
    await createOrganization(app.house, { ...firm, name: 'Other firm' })
    await seedDemo(await contextOf(app.house, organizationId), { leads: 24, tickets: 12, deals: 8, calls: 10 })
    const authorization = `Basic ${Buffer.from(`${credentials.clientId}:${credentials.accessToken}`).toString('base64')}`
    const answers = await answersOf(async url => {
      const { statusCode: status, body: text } = await app.http.inject({ url, headers: { authorization } })
      return { status, text }
    })
    return { credentials, answers }
  } finally {
    await app.close()
  }
}

try {
  const told = await fill()
  const house = await openHouse(config)
  const name = resolve(import.meta.dirname, '../server/db/fixtures', String(migrations.length))
  rmSync(`${name}.tar.zst`, { force: true })
  await backup(house, `${name}.tar.zst`, { files: true, steps: silently }).finally(() => house.store.close())
  writeFileSync(`${name}.sqlite.gz`, gzipSync(readFileSync(join(folder, 'liveforce.db')), { level: 9 }))
  writeFileSync(`${name}.json.gz`, gzipSync(JSON.stringify(told), { level: 9 }))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
