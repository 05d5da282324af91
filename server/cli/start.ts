import { isIPv6 } from 'node:net'
import type { Config } from '../config.ts'
import { createFirstOrganization } from '../organizations/actions.ts'
import { contextOf } from '../organizations/queries.ts'
import type { House } from '../platform/context.ts'
import { refusedBySystem } from './failures.ts'
import { credentialLines, print } from './output.ts'
import { refusedByData } from './places.ts'

interface StartOptions {
  demo?: boolean
  /** Whether a copy of the database is kept before it is upgraded. */
  snapshot: boolean
  /** Instead of what the environment says. */
  workers?: number
}

/** `liveforce start`: resolves once the server is ready, which keeps the process alive. */
export async function start(config: Config, { demo, snapshot, workers = config.workers }: StartOptions): Promise<void> {
  // One process does without the code of many.
  const serve = workers > 1 ? (await import('./workers.ts')).serveByWorkers : (await import('../main.ts')).serve
  try {
    await serve({ ...config, workers }, { snapshot }, (house, port) => settle(house, addressOf(config, port), demo === true))
  } catch (error) {
    throw refusedToStart(error, config)
  }
}

/** What belongs to the start once the server listens. Credentials go to standard output only, never through the log. */
async function settle(house: House, address: string, isDemo: boolean): Promise<void> {
  const input = { name: 'My organization', email: 'admin@example.com' }
  const first = await createFirstOrganization(house, input)
  const elsewhere = house.baseUrl === address ? '' : `, for its users at ${house.baseUrl}`
  print(`Liveforce is running at ${address}${elsewhere}`)
  if (first) {
    const { clientId, accessToken } = first.app
    print(
      '',
      'This is the first start, so there is a new organization. Its password and token are seen only this once:',
      ...credentialLines(input.name, first),
      '',
      'Open your first ticket:',
      `curl -u "${clientId}:${accessToken}" -F "subject=My first ticket" -F "message=It works" "${address}/api/v1/ticket/create"`
    )
  }
  if (isDemo && first) await (await import('./seed.ts')).fill(await contextOf(house, first.organizationId))
  if (isDemo && !first) console.error('There are organizations already: add the demo with liveforce seed --demo')
}

/** Where this machine reaches the server. */
function addressOf({ host }: Config, port: number): string {
  const reached = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${isIPv6(reached) ? `[${reached}]` : reached}:${port}`
}

/** Names the variable that a start fails by: the port, the host, or where the data lies. */
export function refusedToStart(error: unknown, config: Config): unknown {
  const { code, syscall, hostname } = error as { code?: string; syscall?: string; hostname?: string }
  const isUnknown = syscall === 'getaddrinfo' && hostname === config.host
  if (isUnknown || (syscall === 'listen' && code === 'EADDRNOTAVAIL')) return refusedBySystem(error, `HOST ${config.host}`)
  if (syscall === 'listen') return refusedBySystem(error, `PORT ${config.port} of ${config.host}`)
  return refusedByData(error, config)
}
