import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { bodyParsers } from './bodies.ts'
import type { Context } from './context.ts'
import { Problem, type ProblemKind, sentence } from './errors.ts'
import type { Field } from './fields.ts'
import { type Form, type FormValues, form } from './forms.ts'
import { toProblem } from './http.ts'
import { wireOf } from './links.ts'
import type { RawForm } from './multipart.ts'
import type { Permission } from './permissions.ts'
import { discard } from './storage.ts'
import type { Wire } from './wire.ts'

// The manners of /api/v1, once: forms in, `{ data, message }` out, status 200, the contract's error envelope.

export type Fields = Record<string, Field<unknown, boolean>>
type Described = { schema: TSchema }

export interface Call<P extends Fields, Q extends Fields, B extends Fields> {
  ctx: Context
  wire: Wire
  params: FormValues<P>
  query: FormValues<Q>
  body: FormValues<B>
  request: FastifyRequest
  reply: FastifyReply
}

export interface V1Route<P extends Fields, Q extends Fields, B extends Fields> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /api/v1, parameters as `:name`. */
  path: string
  title: string
  about?: string
  permission: Permission
  params?: Form<P>
  query?: Form<Q>
  body?: Form<B>
  /** What `data` is: one row of a shape, or a list of them. */
  answer: ({ one: Described } | { list: Described; paged?: false } | { media: string }) & { message?: string }
  /** A verb's field names → the contract's, for the errors. */
  names?: Record<string, string>
  /** What it refuses with, beside what every route may. */
  refusals?: ProblemKind[]
  /** Resolves with the JSON text of the body: see `success` and `page`. */
  handle(call: Call<P, Q, B>): Promise<string | FastifyReply>
}

/** Adds one endpoint of the contract. */
export type V1 = <P extends Fields, Q extends Fields, B extends Fields>(route: V1Route<P, Q, B>) => void

const none = form({})
const noBody: RawForm = { fields: [], files: [] }

/** Prepares a scope of the server for /api/v1 and gives the function that adds its endpoints. `routes` collects them for the API page. */
export function v1Surface(
  http: FastifyInstance,
  limits: { maxFileBytes: number },
  routes: V1Route<Fields, Fields, Fields>[]
): V1 {
  bodyParsers(http, limits)
  http.setErrorHandler((error, request, reply) => sendProblem(toProblem(error), error, request, reply))
  return route => {
    const { method, path, permission, params, query, body, handle } = route
    routes.push(route as unknown as V1Route<Fields, Fields, Fields>)
    http.route({
      method,
      url: path,
      config: { permission, ...(body && body.files.size > 0 && { files: body.files }) },
      handler: async (request, reply) => {
        const raw = (request.body as RawForm | undefined) ?? noBody
        const { ctx } = request
        try {
          const call = {
            ctx,
            wire: wireOf(ctx, request),
            params: (params ?? none).readParameters(request.params as Record<string, unknown>) as never,
            query: (query ?? none).readParameters(request.query as Record<string, unknown>) as never,
            body: readBody(body, raw, reply) as never,
            request,
            reply
          }
          const answer = await handle(call)
          if (typeof answer === 'string') reply.header('content-type', 'application/json; charset=utf-8').send(answer)
        } catch (error) {
          await discard(
            ctx.storage,
            raw.files.filter(file => !file.isTaken)
          )
          throw route.names && error instanceof Problem ? renamed(error, route.names) : error
        }
        return reply
      }
    })
  }
}

/** The same problem with the contract's field names. */
function renamed(problem: Problem, names: Record<string, string>): Problem {
  if (!problem.fields || !Object.keys(problem.fields).some(name => names[name])) return problem
  const fields = Object.fromEntries(Object.entries(problem.fields).map(([name, message]) => [names[name] ?? name, message]))
  return new Problem(problem.kind, sentence('Some fields cannot be taken', fields), fields, problem.headers)
}

function readBody(body: Form | undefined, raw: RawForm, reply: FastifyReply): Record<string, unknown> {
  if (!body && raw === noBody) return {}
  const { values, ignored } = (body ?? none).read(raw)
  if (ignored.length > 0) reply.header('liveforce-ignored', nameIgnored(ignored))
  return values
}

/** Names that a client chose, safe to stand in a header. */
function nameIgnored(names: string[]): string {
  const shown = [...new Set(names)].slice(0, 20).map(name => encodeURIComponent(name.slice(0, 64).toWellFormed()))
  const kept = shown.filter((_, index) => shown.slice(0, index + 1).join().length < 2000)
  return kept.length < new Set(names).size ? [...kept, '...'].join(', ') : kept.join(', ')
}

/** The contract's frame of a success. */
export const success = (data: object): string => JSON.stringify({ data, message: 'success' })

/** The contract's code and type of each problem. */
export const codes: Record<ProblemKind, [code: number, type: string]> = {
  invalid_parameter: [4001, 'INVALID_PARAMETER'],
  unprocessable: [4002, 'UNPROCESSABLE_ENTITY'],
  not_found: [4003, 'RESOURCE_NOT_FOUND'],
  unauthorized: [4004, 'UNAUTHORIZED_ACCESS'],
  forbidden: [4005, 'ACCESS_DENIED'],
  duplicate: [4006, 'DUPLICATE_DATA'],
  conflict: [4006, 'DUPLICATE_DATA'],
  not_configured: [4007, 'NOT_CONFIGURED'],
  too_large: [4013, 'PAYLOAD_TOO_LARGE'],
  method_not_allowed: [4014, 'METHOD_NOT_ALLOWED'],
  unsupported_media_type: [4015, 'UNSUPPORTED_MEDIA_TYPE'],
  too_many_requests: [4029, 'TOO_MANY_REQUESTS'],
  internal: [5000, 'SERVER_ERROR'],
  unavailable: [5003, 'UNAVAILABLE']
}

/** Answers with the contract's error envelope. */
export function sendProblem(problem: Problem, cause: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (problem.kind === 'internal') request.log.error({ err: cause, reqId: request.id }, 'failed')
  const [code, type] = codes[problem.kind]
  const error = { code, type, ...(problem.fields && { fields: problem.fields }) }
  if (problem.kind === 'unauthorized') reply.header('www-authenticate', 'Basic realm="Liveforce", charset="UTF-8"')
  reply
    .code(problem.status)
    .headers({ ...problem.headers, 'content-type': 'application/json; charset=utf-8' })
    .send(JSON.stringify({ message: problem.message, error }))
}
