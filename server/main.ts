import type { AddressInfo } from 'node:net'
import { type App, createApp } from './app.ts'
import { snapshots } from './backup/snapshot.ts'
import type { Config } from './config.ts'
import { migrate } from './db/migrate.ts'

const graceMs = 30_000

/** What a start may be told. */
interface Wishes {
  /** Whether a copy of the database is kept before it is upgraded. */
  snapshot: boolean
}

/**
 * Migrates, listens on `port` (the true one, when the configuration says 0), has `settle` do what belongs to the first start, and only
 * then answers that it is ready. Stops cleanly on SIGTERM and SIGINT. Throws what keeps it from starting, with everything closed.
 */
export async function serve(
  config: Config,
  { snapshot }: Wishes,
  settle: (app: App, port: number) => Promise<void>
): Promise<void> {
  const app = await createApp(config)
  stopOnSignals(app)
  try {
    const upgrade = await migrate(app.house.store, { takeSnapshot: snapshot ? snapshots(app.house, config) : undefined })
    if (upgrade.snapshot) console.error(`The database was upgraded; a copy from before is ${upgrade.snapshot}`)
    await app.http.listen({ host: config.host, port: config.port })
    const { port } = app.http.server.address() as AddressInfo
    app.house.baseUrl = app.house.baseUrl.replace(/:0$/, `:${port}`)
    await settle(app, port)
    app.begin()
  } catch (error) {
    await app.close()
    throw error
  }
}

function stopOnSignals(app: App): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), graceMs).unref()
    app.close().then(
      () => process.exit(0),
      error => {
        console.error(error instanceof Error ? error.message : error)
        process.exit(1)
      }
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
