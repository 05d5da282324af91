import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { migrate } from './db/migrate.ts'

test('stopping does not wait for a connection that was opened in advance', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'liveforce-test-'))
  const app = await createApp(readConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }))
  await migrate(app.house.store)
  await app.http.listen({ host: '127.0.0.1', port: 0 })
  const accepted = once(app.http.server, 'connection')
  const socket = connect((app.http.server.address() as AddressInfo).port, '127.0.0.1')
  await accepted
  const ended = once(socket, 'close')
  await app.close()
  await ended
  expect(socket.destroyed).toBe(true)
  await rm(dataDir, { recursive: true })
}, 10_000)
