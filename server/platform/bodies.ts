import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem, unparseable } from './errors.ts'
import { decode, parseJson } from './json.ts'
import { type RawForm, readMultipart } from './multipart.ts'

// The three encodings a /api/v1 form may come in, brought to one: names and texts in the order they were sent.

const noFiles = new Map<string, { maxCount: number }>()
const mostFields = 1000
const tooManyFields = (): Problem => new Problem('too_large', `The body has more than ${mostFields} fields`)

/** Lets a scope of the server read multipart, urlencoded and JSON forms, and refuse compressed and other bodies. */
export function bodyParsers(http: FastifyInstance, { maxFileBytes }: { maxFileBytes: number }): void {
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('multipart/form-data', (request: FastifyRequest, payload: Readable) => {
    const length = Number(request.headers['content-length'] ?? Number.NaN)
    const rules = { fileFields: request.routeOptions.config.files ?? noFiles, storage: request.ctx.storage, maxFileBytes }
    return readMultipart(request.headers['content-type'] as string, Number.isNaN(length) ? undefined : length, payload, rules)
  })
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    readJson(body)
  )
  http.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => readUrlencoded(body)
  )
  refuseCompressed(http)
}

/** Refuses (415) bodies that a scope of the server would have to unpack. */
export function refuseCompressed(http: FastifyInstance): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding']
    if (encoding === undefined || encoding === 'identity') done()
    else
      done(
        new Problem(
          'unsupported_media_type',
          `The body is encoded as ${JSON.stringify(encoding).slice(0, 40)}; send it plain`
        ) as Error
      )
  })
}

function readJson(body: Buffer): RawForm {
  if (body.length === 0) return { fields: [], files: [] }
  const value = parseJson(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unparseable('The body must be a JSON object')
  const fields: [string, string][] = []
  for (const [name, content] of Object.entries(value)) {
    const own = Array.isArray(content)
      ? flatAll(name.replace(/\[\]$/, ''), content.slice(0, mostFields + 1))
      : [flat(name, content)]
    fields.push(...own)
    if (fields.length > mostFields) throw tooManyFields()
  }
  return { fields, files: [] }
}

/** An empty array is the field sent empty. */
const flatAll = (name: string, values: unknown[]): [string, string][] =>
  values.length === 0 ? [[`${name}[]`, '']] : values.map((value, index) => flat(`${name}[${index}]`, value))

/** Objects keep a name that no field has, so that the form refuses or names them. */
function flat(name: string, value: unknown): [string, string] {
  if (value === null) return [name, '']
  if (typeof value === 'object') return [`${name}[object]`, '']
  return [name, String(value)]
}

function readUrlencoded(body: Buffer): RawForm {
  const fields: [string, string][] = []
  for (const pair of decode(body).split('&')) {
    if (pair === '') continue
    if (fields.length >= mostFields) throw tooManyFields()
    const equals = pair.indexOf('=')
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    fields.push([percentDecoded(name), percentDecoded(value)])
  }
  return { fields, files: [] }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw unparseable('The body has a percent escape that is not valid UTF-8')
  }
}
