import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { isMigrated } from '../db/migrate.ts'
import type { House } from './context.ts'
import { Durations } from './durations.ts'
import { notFound, unavailable } from './errors.ts'
import { toProblem } from './http.ts'
import { jobMetrics } from './jobmetrics.ts'
import { sendProblem } from './v1.ts'
import type { Worker } from './worker.ts'

const open = { config: { public: true as const } }
const slowMs = 1000

/** What an operator asks: `/healthz`, `/readyz`, `/metrics`, and the log of requests. */
export function operations(http: FastifyInstance, house: House, jobs: Worker['counts'], hasBegun: () => boolean): void {
  http.setErrorHandler((error, request, reply) => sendProblem(toProblem(error), error, request, reply))
  http.get('/healthz', open, async () => ({ status: 'ok' }))
  http.get('/readyz', open, async () => {
    if (!isMigrated(house.store)) throw unavailable('The migrations are not complete')
    if (!hasBegun()) throw unavailable('The server is starting')
    await house.store.reader.all('select 1', [])
    return { status: 'ready' }
  })
  measure(http, () => jobMetrics(house.store.reader, jobs))
}

function measure(http: FastifyInstance, ofJobs: () => Promise<string>): void {
  let registry: Registry | undefined
  const durations = new Durations()
  http.get('/metrics', open, async (request, reply) => {
    if (!isLocal(request)) throw notFound('page')
    registry ??= await processMetrics()
    return reply.type(registry.contentType).send(`${await registry.metrics()}\n${durations.text()}${await ofJobs()}`)
  })
  const isTelling = http.log.level === 'debug' || http.log.level === 'trace'
  http.addHook('onResponse', (request, reply, done) => {
    const { statusCode, elapsedTime } = reply
    const route = request.routeOptions.url ?? 'none'
    durations.observe(request.method, route, statusCode, elapsedTime / 1000)
    if (isTelling || statusCode >= 400 || elapsedTime > slowMs) log(request, route, statusCode, elapsedTime)
    done()
  })
}

/** Of the process itself; the library is loaded at the first question, for who never asks. */
async function processMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/** Metrics are for the machine's own collector: not for who comes through a proxy or from elsewhere. */
function isLocal({ raw }: FastifyRequest): boolean {
  const address = raw.socket.remoteAddress ?? ''
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address)
  return isLoopback && raw.headers['x-forwarded-for'] === undefined && raw.headers.forwarded === undefined
}

function log(request: FastifyRequest, route: string, status: number, ms: number): void {
  const level = status >= 500 ? 'error' : ms > slowMs ? 'warn' : status >= 400 ? 'info' : 'debug'
  const organization = request.ctx?.organization.id
  request.log[level]({ reqId: request.id, method: request.method, route, status, ms: Math.round(ms), organization }, 'request')
}
