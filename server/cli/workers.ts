import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import { upgrade } from '../backup/snapshot.ts'
import type { Config } from '../config.ts'
import type { Wishes } from '../main.ts'
import type { House } from '../platform/context.ts'
import { createLogger } from '../platform/log.ts'
import { relayMetrics } from '../platform/relay.ts'
import { stopOnSignals } from '../platform/stopping.ts'
import { withHouse } from './database.ts'
import { Failure } from './failures.ts'

/** A worker that ends sooner is taken to be unable to work. */
const shortestLifeMs = 5000
const longestPauseMs = 30_000

/**
 * As `serve` of main.ts, by `config.workers` processes: this one migrates, has `settle` do what belongs to the first start, and then only
 * sees to it that the others are there. Throws what keeps them from starting, with all ended.
 */
export async function serveByWorkers(
  config: Config,
  { snapshot }: Wishes,
  settle: (house: House, port: number) => Promise<void>
): Promise<void> {
  const port = await truePort(config)
  const bound = { ...config, port, baseUrl: config.baseUrl.replace(/:0$/, `:${port}`) }
  await withHouse(bound, async house => {
    const { snapshot: copy } = await upgrade(house, bound, snapshot)
    if (copy) console.error(`The database was upgraded; a copy from before is ${copy}`)
    const workers = new Workers(bound, createLogger(config))
    stopOnSignals(() => workers.stop())
    try {
      await workers.start(config.workers)
      await settle(house, port)
    } catch (error) {
      await workers.stop().catch(() => {})
      throw error
    }
  })
}

/** The port to listen on, which must be free: of several processes each would tell that it is not. */
async function truePort({ host, port }: Config): Promise<number> {
  const probe = createServer().listen({ host, port })
  await once(probe, 'listening')
  const address = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return address.port
}

class Workers {
  readonly #env: Record<string, string>
  readonly #log: FastifyBaseLogger
  readonly #living = new Set<Worker>()
  #isStopping = false

  constructor({ workers, port }: Config, log: FastifyBaseLogger) {
    this.#env = { WORKERS: String(workers), PORT: String(port) }
    this.#log = log
    cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.ts', import.meta.url)), args: [] })
    relayMetrics(cluster)
    process.once('exit', () => {
      for (const worker of this.#living) worker.process.kill('SIGKILL')
    })
  }

  /** Resolves when that many serve; rejects when one ends before it does. */
  async start(count: number): Promise<void> {
    const workers = Array.from({ length: count }, () => this.#begin())
    await Promise.all(workers.map(worker => Promise.race([once(worker, 'listening'), once(worker, 'exit').then(refuse)])))
  }

  /** Starts one in place of another that could not work `failures` times in a row. */
  #begin(failures = 0): Worker {
    const worker = cluster.fork(this.#env)
    const { pid } = worker.process
    const began = performance.now()
    this.#living.add(worker)
    hangUpForTheDead(worker)
    worker.once('listening', () => this.#log.info({ worker: pid }, 'a worker serves'))
    const end = (how: object): void => {
      this.#living.delete(worker)
      if (this.#isStopping) return
      this.#log.error({ worker: pid, ...how }, 'a worker ended')
      this.#beginAgain(performance.now() - began < shortestLifeMs ? failures + 1 : 0)
    }
    worker.once('exit', (code, signal) => end({ code, signal }))
    // The system may refuse another process; of what was not told to a worker that has just ended nothing follows.
    worker.on('error', error => pid === undefined && end({ err: error }))
    return worker
  }

  #beginAgain(failures: number): void {
    const attempt = (): void => {
      if (this.#isStopping) return
      try {
        this.#begin(failures)
      } catch (error) {
        this.#log.error({ err: error }, 'a worker could not be started')
        this.#beginAgain(failures + 1)
      }
    }
    setTimeout(attempt, failures === 0 ? 0 : Math.min(longestPauseMs, 100 * 2 ** failures))
  }

  /** Has all finish what they are at; rejects when one could not. */
  async stop(): Promise<void> {
    this.#isStopping = true
    const ends = [...this.#living].map(async worker => {
      worker.process.kill('SIGTERM')
      const [code, signal] = await once(worker, 'exit')
      return code === 0 || signal === 'SIGTERM'
    })
    if ((await Promise.all(ends)).includes(false)) throw new Failure('A worker had to be ended before it was done')
  }
}

/** Node forgets a connection that it was handing over to a worker when that dies: its client would wait for ever. */
function hangUpForTheDead(worker: Worker): void {
  const child = worker.process
  const { send } = child as { send: (...words: unknown[]) => boolean }
  let handed: { close?(): void } | undefined
  child.send = (...words: unknown[]) => {
    handed = (words[1] as typeof handed) ?? handed
    return send.apply(child, words)
  }
  worker.once('exit', () => handed?.close?.())
}

function refuse(): never {
  throw new Failure('A worker ended before it could serve')
}
