import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify'
import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox'
import { refuseCompressed } from './bodies.ts'
import { isoTime, parseIsoTime } from './clock.ts'
import { invalidParameters, Problem, type ProblemKind, unprocessable } from './errors.ts'
import { toProblem } from './http.ts'
import { jsonBodies } from './json.ts'
import { formatMoney, parseMoney } from './money.ts'
import { aTime, faultsOf, passes, pathTo } from './validation.ts'

// The manners of /api/v2, once: JSON in and out, true statuses, `{ code, message, fields? }`. Validators compile at first use.

// The compiler is large, and not needed before the first request.
const require = createRequire(import.meta.url)
type BuildSerializer = typeof import('fast-json-stringify').default

type Part = 'body' | 'querystring' | 'params' | 'headers'

/** A scope whose handlers are typed by their schemas. */
export type V2 = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

/** Prepares a scope of the server for /api/v2 and gives it, typed. */
export function v2Surface(http: FastifyInstance): V2 {
  refuseCompressed(http)
  jsonBodies(http)
  http.addHook('onRoute', route => {
    // A route that declares no query parameters takes none.
    route.schema = { querystring: closed({}), ...route.schema }
  })
  http.setValidatorCompiler(({ schema, httpPart }) => validator(schema as TObject, httpPart as Part))
  http.setSerializerCompiler(({ schema }) => {
    let write: ((value: unknown) => string) | undefined
    return value => {
      write ??= (require('fast-json-stringify') as BuildSerializer)(schema as object)
      return write(value)
    }
  })
  http.setErrorHandler((error, request, reply) =>
    sendV2Problem(toProblem(error, request.routeOptions.bodyLimit), error, request, reply)
  )
  return http.withTypeProvider<TypeBoxTypeProvider>()
}

function validator(schema: TObject, part: Part) {
  return (data: unknown) => {
    const value = part === 'body' ? data : withNumbers(schema, data)
    const fields = passes(schema, value) ? unstorable(value) : faultsOf(schema, value)
    if (!fields) return { value }
    return { error: part === 'body' ? unprocessable(fields) : part === 'params' ? unknownPath() : invalidParameters(fields) }
  }
}

const unknownPath = (): Problem => new Problem('invalid_parameter', 'The id in the path must be a whole number above 0')

/** Path and query parameters come as text; those that the schema wants as numbers become numbers when they are written as such. */
function withNumbers(schema: TObject, data: unknown): Record<string, unknown> {
  const properties = schema.properties as Record<string, { type?: string }>
  const entries = Object.entries(data as Record<string, unknown>).map(([name, value]) => {
    const isNumber = properties[name]?.type === 'integer' && typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value)
    return [name, isNumber ? Number(value) : value]
  })
  return Object.fromEntries(entries)
}

/** Texts that no database can hold, by the path of their field. */
function unstorable(value: unknown, path = ''): Record<string, string> | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return { [path || 'body']: 'must not contain the NUL character' }
    return value.isWellFormed() ? undefined : { [path || 'body']: 'is not well-formed Unicode' }
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = unstorable(inner, pathTo(path, key))
    if (found) return found
  }
  return undefined
}

const codes: Partial<Record<ProblemKind, string>> = { invalid_parameter: 'invalid_request' }

/** Answers with the envelope of /api/v2. */
export function sendV2Problem(problem: Problem, cause: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (problem.kind === 'internal') request.log.error({ err: cause, reqId: request.id }, 'failed')
  reply
    .code(problem.status)
    .headers({ ...problem.headers, 'content-type': 'application/json; charset=utf-8' })
    .serializer(JSON.stringify)
    .send({
      code: codes[problem.kind] ?? problem.kind,
      message: problem.message,
      ...(problem.fields && { fields: problem.fields })
    })
}

const largestId = Number.MAX_SAFE_INTEGER

/** A closed object: what is not named in it is refused in a request, and never leaves in an answer. */
export const closed = <P extends TProperties>(properties: P, options: { minProperties?: number } = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })
export const idType = (about?: string) => Type.Integer({ minimum: 1, maximum: largestId, ...(about && { description: about }) })
export const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
export const timeType = () =>
  Type.String({ format: 'date-time', description: 'ISO 8601 with a zone, such as 2024-08-09T16:42:35.000Z' })
/** `:id` in a path. */
export const IdParams = closed({ id: idType() })

/** A time as the wire has it. */
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))

/** An amount: a decimal text and the currency. */
export const Money = closed({
  amount: Type.String({
    pattern: '^[0-9]{1,13}(\\.[0-9]{1,2})?$',
    examples: ['10.00'],
    description: 'With at most two decimals, up to 9999999999999.99'
  }),
  currency: Type.String({ pattern: '^[A-Z]{3}$', examples: ['USD'], description: 'Three capital letters' })
})

/** Minor units of an amount. Refuses (422, naming `field`) another currency than the one given. */
export function readMoney({ amount, currency }: Static<typeof Money>, field: string, expected: string): number {
  const minor = parseMoney(amount)
  if (currency !== expected) throw unprocessable({ [`${field}.currency`]: `must be ${expected}, the organization's currency` })
  if (minor === undefined) throw unprocessable({ [`${field}.amount`]: 'must be an amount from 0 to 9999999999999.99' })
  return minor
}

/** Minor units as the wire has them. */
export const moneyOrNull = (minor: number | null, currency: string): Static<typeof Money> | null =>
  minor === null ? null : { amount: formatMoney(minor), currency }

/** A time of the wire in milliseconds. Refuses (422, naming `field`) what is none or outside the years 1900 to 9999. */
export function readTime(text: string, field: string): number {
  const ms = parseIsoTime(text)
  if (ms === undefined) throw unprocessable({ [field]: `must be ${aTime}` })
  return ms
}
