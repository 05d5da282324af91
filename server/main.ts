import { type App, createApp } from './app.ts'
import type { Config } from './config.ts'
import { migrate } from './db/migrate.ts'

const graceMs = 30_000

/** Migrates, listens, and stops cleanly on SIGTERM and SIGINT: resolves once it listens. */
export async function serve(config: Config): Promise<App> {
  const app = await createApp(config)
  await migrate(app.house.store)
  await app.http.listen({ host: config.host, port: config.port })
  app.begin()
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
  return app
}
