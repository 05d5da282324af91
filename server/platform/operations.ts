import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { isMigrated } from '../db/migrate.ts'
import type { House } from './context.ts'
import { Durations } from './durations.ts'
import { notFound, unavailable } from './errors.ts'
import { toProblem } from './http.ts'
import { jobMetrics } from './jobmetrics.ts'
import { metricsPage } from './metrics.ts'
import { sendProblem } from './v1.ts'
import type { Worker } from './worker.ts'

const open = { config: { public: true as const } }
const slowMs = 1000

/** What an operator asks: `/healthz`, `/readyz`, `/metrics`, and the log of requests. */
export function operations(
  http: FastifyInstance,
  house: House,
  { workers }: Config,
  jobs: Worker['counts'],
  hasBegun: () => boolean
): void {
  http.setErrorHandler((error, request, reply) => sendProblem(toProblem(error), error, request, reply))
  http.get('/healthz', open, async () => ({ status: 'ok' }))
  http.get('/readyz', open, async () => {
    if (!(await isMigrated(house.store))) throw unavailable('The migrations are not complete')
    if (!hasBegun()) throw unavailable('The server is starting')
    return { status: 'ready' }
  })
  const isWorker = workers > 1 && process.send !== undefined
  measure(http, durations => metricsPage({ durations, jobs }, isWorker, counts => jobMetrics(house.store.reader, counts)))
}

function measure(http: FastifyInstance, pageOf: (durations: Durations) => () => Promise<string>): void {
  const durations = new Durations()
  const page = pageOf(durations)
  http.get('/metrics', open, async (request, reply) => {
    if (!isLocal(request)) throw notFound('page')
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await page())
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
