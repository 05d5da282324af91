import type { ProblemKind } from './errors.ts'
import { statuses } from './errors.ts'
import { codes, type Fields, type V1Route } from './v1.ts'

// The API page's document, made from the same declarations that read the requests and write the answers.

type Json = Record<string, unknown>
type Route = V1Route<Fields, Fields, Fields>

const bodyTypes = ['multipart/form-data', 'application/x-www-form-urlencoded', 'application/json']
const tags: Record<string, string> = {
  staff: 'Staff',
  leads: 'Leads',
  'call-logs': 'Call logs',
  ticket: 'Tickets',
  deals: 'Deals'
}

/** The OpenAPI 3.1 document of /api/v1. `baseUrl` is where the server is reached. */
export function openapiOf(routes: readonly Route[], baseUrl: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Liveforce REST API', version: '1', description: introduction, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: `${baseUrl}/api/v1` }],
    security: [{ basic: [] }],
    tags: [...new Set(Object.values(tags))].map(name => ({ name })),
    paths,
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'client_id as the user name, access_token as the password' }
      },
      headers: sharedHeaders,
      schemas: { Error: errorSchema },
      responses: Object.fromEntries(Object.keys(codes).map(kind => [kind, refusalOf(kind as ProblemKind)]))
    }
  }
}

const introduction = `Sign in with HTTP Basic: \`client_id:access_token\`. Bodies may be multipart/form-data, urlencoded or JSON. Every success is
status 200 with \`data\` and \`message\`. Ids, flags, decimals and dates are strings; times are in the time zone of the organization. Fields
that a form does not know are ignored and named in the \`Liveforce-Ignored\` header; unknown query parameters are refused.`

const header = (description: string, example: string): Json => ({ description, schema: { type: 'string' }, example })

const sharedHeaders = {
  'X-Request-Id': header('Names the request in the log', 'k3Jx0aQ-1f'),
  RateLimit: header('What the app may still ask now', '"app";r=99;t=1'),
  'RateLimit-Policy': header('What an app may ask', '"app";q=600;w=60'),
  'Retry-After': header('Seconds to wait', '2'),
  'Liveforce-Ignored': header('Fields that were sent but are not known', 'colour, size')
}

const errorSchema: Json = {
  type: 'object',
  required: ['message', 'error'],
  properties: {
    message: { type: 'string', description: 'One sentence a person can act on' },
    error: {
      type: 'object',
      required: ['code', 'type'],
      properties: {
        code: { type: 'integer' },
        type: { type: 'string' },
        fields: {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'What is wrong with each field, by name'
        }
      }
    }
  }
}

function refusalOf(kind: ProblemKind): Json {
  const [code, type] = codes[kind]
  const headers = { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } }
  const example = { message: `What is wrong and how to mend it`, error: { code, type } }
  return {
    description: `${code} ${type}`,
    headers,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, example } }
  }
}

function operationOf(route: Route): Json {
  const { method, path, title, about, permission, params, query, body } = route
  const parameters = [...parametersOf(params?.fields, 'path'), ...parametersOf(query?.fields, 'query')]
  return {
    operationId: `${method.toLowerCase()}${path.replace(/:/g, '').replace(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: title,
    description: [about, `Scope: \`${permission}\`.`].filter(Boolean).join('\n\n'),
    tags: [tags[path.split('/')[1] as string] ?? 'Other'],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: Object.values(body.fields).some(field => field.required),
        content: Object.fromEntries(
          bodyTypes.map(type => [type, { schema: body.schema, example: exampleOf(body.schema as unknown as Json) }])
        )
      }
    }),
    responses: responsesOf(route)
  }
}

function parametersOf(fields: Fields | undefined, place: 'path' | 'query'): Json[] {
  return Object.entries(fields ?? {}).map(([name, field]) => {
    const { description, examples, ...schema } = field.schema as Json & { examples?: unknown[] }
    return {
      name,
      in: place,
      required: place === 'path' || field.required,
      ...(typeof description === 'string' && { description }),
      ...(examples && { example: examples[0] }),
      schema
    }
  })
}

function responsesOf({ params, query, body, answer, refusals = [] }: Route): Json {
  const kinds: ProblemKind[] = [
    ...(params || query || body ? (['invalid_parameter'] as const) : []),
    'unauthorized',
    'forbidden',
    ...(params ? (['not_found'] as const) : []),
    ...(body ? (['unprocessable', 'too_large', 'unsupported_media_type'] as const) : []),
    ...refusals,
    'too_many_requests',
    'internal',
    'unavailable'
  ]
  const names = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy', ...(body ? ['Liveforce-Ignored'] : [])]
  const headers = Object.fromEntries(names.map(name => [name, { $ref: `#/components/headers/${name}` }]))
  return {
    200: { description: 'Success', headers, content: contentOf(answer) },
    ...Object.fromEntries(kinds.map(kind => [statuses[kind], { $ref: `#/components/responses/${kind}` }]))
  }
}

function contentOf(answer: Route['answer']): Json {
  if ('media' in answer) return { [answer.media]: { schema: { type: 'string' } } }
  const data = 'one' in answer ? answer.one.schema : { type: 'array', items: answer.list.schema }
  const meta = 'list' in answer && answer.paged !== false
  const schema = {
    type: 'object',
    required: ['data', 'message', ...(meta ? ['meta'] : [])],
    properties: { data, message: { type: 'string', examples: [answer.message ?? 'success'] }, ...(meta && { meta: metaSchema }) }
  }
  return { 'application/json': { schema, example: exampleOf(schema) } }
}

const metaSchema = {
  type: 'object',
  required: ['page', 'limit', 'has_more'],
  properties: {
    page: { type: 'integer', examples: [1] },
    limit: { type: 'integer', examples: [100] },
    has_more: { type: 'boolean', examples: [false] },
    total: { type: 'integer', description: 'With with_total=1', examples: [1] }
  }
}

/** One value that the schema allows, put together from its examples. */
function exampleOf(schema: Json): unknown {
  const { examples, anyOf, type, properties, items } = schema as {
    examples?: unknown[]
    const?: unknown
    anyOf?: Json[]
    type?: string
    properties?: Record<string, Json>
    items?: Json
  }
  if (examples) return examples[0]
  if ('const' in schema) return schema.const
  if (anyOf) return exampleOf(anyOf[0] as Json)
  if (type === 'object')
    return Object.fromEntries(Object.entries(properties ?? {}).map(([name, inner]) => [name, exampleOf(inner)]))
  if (type === 'array') return [exampleOf(items as Json)]
  return { integer: 1, number: 1, boolean: false, null: null, string: 'text' }[type ?? 'string'] ?? 'text'
}
