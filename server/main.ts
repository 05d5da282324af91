import type { AddressInfo } from 'node:net'
import { createApp, type TestJobs } from './app.ts'
import { upgrade } from './backup/snapshot.ts'
import type { Config } from './config.ts'
import type { House } from './platform/context.ts'
import { stopOnSignals } from './platform/stopping.ts'

/** What a start may be told. */
export interface Wishes {
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
  settle: (house: House, port: number) => Promise<void>,
  testJobs?: TestJobs
): Promise<void> {
  const app = await createApp(config, testJobs)
  stopOnSignals(() => app.close())
  try {
    const { snapshot: copy } = await upgrade(app.house, config, snapshot)
    if (copy) console.error(`The database was upgraded; a copy from before is ${copy}`)
    await app.http.listen({ host: config.host, port: config.port })
    const { port } = app.http.server.address() as AddressInfo
    app.house.baseUrl = app.house.baseUrl.replace(/:0$/, `:${port}`)
    await settle(app.house, port)
    app.begin()
  } catch (error) {
    await app.close()
    throw error
  }
}
