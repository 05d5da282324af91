import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { makeDatabase } from './database.testing.ts'
import { openStore } from './db/open.ts'
import { startApp } from './testing.ts'
import { makeRecords, writesOf } from './writes.testing.ts'

// What happens at once, and what is told to stop: nothing acknowledged is lost.

const app = await startApp()
const create = '/api/v1/ticket/create'
const ticket = { subject: 'Printer', message: 'On fire' }

test('of writes that share a commit a failing one is undone alone', async () => {
  const { api } = await app.organization()
  const forms = Array.from({ length: 20 }, (_, index) => ({ ...ticket, ...(index % 2 && { department: '99999' }) }))
  const statuses = (await Promise.all(forms.map(form => api.post(create, form)))).map(({ status }) => status)
  expect(statuses).toEqual(forms.map((_, index) => (index % 2 ? 422 : 200)))
  const { body } = await api.get('/api/v1/ticket/list')
  expect(body.data.map((row: { ticketid: string }) => Number(row.ticketid)).sort((a: number, b: number) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ])
})

/** From the next commit on every read outside of a transaction fails as on a broken disk; gives what mends it. */
function breakReadsAfterCommit(): () => void {
  const { store } = app.app.house
  const { reader, transact } = store
  const whole = { ...reader }
  const code = store.dialect === 'sqlite' ? 'SQLITE_IOERR' : '58030'
  const fail = (): never => {
    throw Object.assign(new Error('disk I/O error'), { code })
  }
  const broken = { all: async () => fail(), arrays: async () => fail(), kysely: new Proxy({}, { get: fail }) }
  store.transact = async (verb, organizationId) => {
    const result = await transact(verb, organizationId)
    Object.assign(reader, broken)
    return result
  }
  return () => Object.assign(store, { transact, reader: Object.assign(reader, whole) })
}

test('what was saved is answered as saved, though nothing can be read after the commit', async () => {
  const org = await app.organization()
  const writes = writesOf(org, await makeRecords(org))
  const routes = app.app.http.routeList.filter(({ method }) => !['GET', 'HEAD'].includes(method))
  expect(Object.keys(writes).sort()).toEqual(routes.map(({ method, url }) => `${method} ${url}`).sort())
  for (const [route, ask] of Object.entries(writes)) {
    const mend = breakReadsAfterCommit()
    const { status, text } = await ask().finally(mend)
    expect([route, status < 300, status < 300 || text]).toEqual([route, true, true])
  }
})

test('told to stop, the process finishes what is under way, refuses the rest and exits with 0', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'liveforce-stop-'))
  const database = await makeDatabase({ empty: true })
  afterAll(async () => {
    await database?.drop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const own = { DATA_DIR: dataDir, DATABASE_URL: database?.url ?? '', PORT: '0', LOG_LEVEL: 'silent', BASE_URL: '' }
  const env = { ...process.env, ...own }
  const server = spawn(process.execPath, [join(import.meta.dirname, 'cli/liveforce.ts'), 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const printed = await readUntil(server.stdout, /^curl .*$/m)
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] as string
  const user = /-u '?"?(lf_\d+_\w+:[\w-]+)/.exec(printed)?.[1] as string
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`
  const post = () =>
    fetch(`${address}${create}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(ticket)
    })
  const underWay = Array.from({ length: 20 }, post)
  await Promise.race(underWay)
  server.kill('SIGTERM')
  const settled = await Promise.allSettled(underWay)
  const [code] = await once(server, 'exit')
  expect(code).toBe(0)
  await expect(fetch(`${address}/healthz`)).rejects.toThrow()
  const store = openStore(readConfig(own).database)
  const saved = await store.reader.all('select id from tickets', [])
  await store.close()
  const acknowledged = settled.filter(one => one.status === 'fulfilled' && one.value.status === 200).length
  expect(saved).toHaveLength(acknowledged)
})

async function readUntil(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const piece of stream) {
    text += piece
    if (pattern.test(text)) return text
  }
  throw new Error(`The process ended before it printed ${pattern}: ${text}`)
}
