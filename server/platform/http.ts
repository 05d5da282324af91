import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { Config } from '../config.ts'
import { isBroken, isBusy, isOutOfOrder } from '../db/dialect.ts'
import type { Context } from './context.ts'
import { Problem, unavailable } from './errors.ts'
import { createLogger } from './log.ts'
import type { Permission } from './permissions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set before the body is read on every route that is not public. */
    ctx: Context
  }
  interface FastifyContextConfig {
    /** What the caller must be allowed. A route has this or `public: true`. */
    permission?: Permission
    public?: true
    /** Form fields that take files. */
    files?: ReadonlyMap<string, { maxCount: number }>
    /** How many values a JSON body may have, where it is more than usual. */
    mostValues?: number
  }
  interface FastifyInstance {
    /** Every route of the server, as registered. */
    routeList: RouteEntry[]
  }
}

export interface RouteEntry {
  method: string
  url: string
  permission: Permission | undefined
}

const fixedHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store'
}

/** Answers with a problem in the manner of the API that was asked. */
export type Refuse = (problem: Problem, cause: unknown, request: FastifyRequest, reply: FastifyReply) => void

const seconds = 1000
/** Bodies that are not files: a message of 1 MiB whose every byte is escaped still fits. */
const largestBody = 8 * 1024 * 1024

/** A server without routes: limits, timeouts, request ids, fixed headers, and the rule that a route states its permission. */
export function createHttp(config: Config, refuse: Refuse): FastifyInstance {
  const process = randomBytes(5).toString('base64url')
  let requests = 0
  const http: FastifyInstance = Fastify({
    loggerInstance: createLogger(config),
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger per request costs more than the request's own log lines, which name the request themselves.
    childLoggerFactory: logger => logger,
    genReqId: () => `${process}-${(++requests).toString(36)}`,
    trustProxy: trusted(config.trustProxy),
    bodyLimit: largestBody,
    requestTimeout: 300 * seconds,
    connectionTimeout: 90 * seconds,
    keepAliveTimeout: 72 * seconds,
    http: { headersTimeout: 20 * seconds },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true, querystringParser: parseQuery },
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: (error, request, reply) =>
      refuse(new Problem('invalid_parameter', 'The address cannot be read'), error, request, reply)
  })
  http.decorate('routeList', [])
  http.decorateRequest('ctx', null as unknown as Context)
  http.addHook('onRequest', (request, reply, done) => {
    reply.headers(fixedHeaders).header('x-request-id', request.id)
    done(request.query === tooMany ? invalidQuery() : undefined)
  })
  http.addHook('onRoute', route => {
    const { permission, public: open } = route.config ?? {}
    if (!permission && !open) throw new Error(`${route.method} ${route.url} states neither a permission nor public: true`)
    for (const method of [route.method].flat()) http.routeList.push({ method, url: route.url, permission })
  })
  return http
}

/** A number counts the proxies in front of the server. */
function trusted(proxies: Config['trustProxy']): boolean | string | ((address: string, hop: number) => boolean) {
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : proxies
}

const mostParameters = 200
/** Stands for a query with more. */
const tooMany: Record<string, unknown> = {}
const invalidQuery = (): Error => new Problem('invalid_parameter', `The address has more than ${mostParameters} parameters`)

/** Query parameters by name, a repeated one as an array; what cannot be decoded stays as text that every form refuses. */
function parseQuery(query: string): Record<string, unknown> {
  const pairs = query.split('&', mostParameters + 1)
  if (pairs.length > mostParameters) return tooMany
  const parameters: Record<string, unknown> = Object.create(null)
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1))
    parameters[name] = name in parameters ? [parameters[name], value].flat() : value
  }
  return parameters
}

function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return '\ud800'
  }
}

/** What Node refuses before there is a request: broken syntax, headers too large or too slow. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  const body = JSON.stringify({ message: status.slice(4), error: { code: 4001, type: 'INVALID_PARAMETER' } })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`
  )
}

const fastifyProblems: Record<number, (bodyLimit: number) => Problem> = {
  400: () => new Problem('invalid_parameter', 'The request cannot be read'),
  413: bodyLimit => new Problem('too_large', `The body is larger than ${bodyLimit} bytes`),
  414: () => new Problem('invalid_parameter', 'The address is too long'),
  415: () => new Problem('unsupported_media_type', 'This content type is not taken here'),
  503: () => unavailable('The server is stopping, try again')
}

/** Every error as one of the closed list; what is not on it is logged by the caller and told as `internal`. `bodyLimit` is the route's. */
export function toProblem(error: unknown, bodyLimit = largestBody): Problem {
  if (error instanceof Problem) return error
  if (isBusy(error) || isBroken(error) || isOutOfOrder(error)) return unavailable('The database cannot answer now, try again')
  const status = (error as FastifyError).statusCode ?? 500
  return (
    fastifyProblems[status]?.(bodyLimit) ??
    new Problem('internal', 'Something went wrong here; the log has it under the request id')
  )
}

/** The methods that some route takes at this path, for 405 and its `Allow`. */
export function methodsAt(http: FastifyInstance, path: string): string[] {
  const parts = path.replace(/\/+$/, '').split('/')
  const found = http.routeList.filter(({ url }) => {
    const own = url.split('/')
    return own.length === parts.length && own.every((part, index) => part.startsWith(':') || part === parts[index])
  })
  return [...new Set(found.map(({ method }) => method))].sort()
}

/**
 * The connections on which nothing has been asked yet: whoever closes the server must end them, because Node counts them as busy,
 * and clients open some in advance.
 */
export function silentConnections({ server }: FastifyInstance): ReadonlySet<Socket> {
  const silent = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', ({ socket }) => silent.delete(socket))
  return silent
}
