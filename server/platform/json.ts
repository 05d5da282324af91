import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem, tooLarge, unparseable, unprocessable } from './errors.ts'

// JSON bodies: what would take long to look through is refused by a look at its bytes, before it is parsed.

const utf8 = new TextDecoder('utf-8', { fatal: true })
const deepest = 32
const mostNames = 500
/** Beside its fields a route's body may have room for long texts: it then says so as `bodyLimit`. */
const usualBytes = 64 * 1024
const usualValues = 2000

/** The bytes of a body with a text of so many characters, each of them escaped. */
export const roomFor = (characters: number): number => usualBytes + 6 * characters

/** The text of a body. Throws 400 when it is not UTF-8. */
export function decode(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw unparseable('The body is not valid UTF-8')
  }
}

/** What a JSON body says, whatever that is. Throws 400 when it is no JSON. */
export function parseJson(body: Buffer): unknown {
  const text = decode(body)
  try {
    return JSON.parse(text)
  } catch {
    throw unparseable('The body is not valid JSON')
  }
}

/** Lets a scope of the server take JSON bodies and no others. A route with long texts has a `bodyLimit`, one with long lists `config.mostValues`. */
export function jsonBodies(http: FastifyInstance): void {
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    refuseHeavy(body, request.routeOptions.config.mostValues ?? usualValues)
    return parseJson(body)
  })
  http.addHook('onRoute', route => {
    route.bodyLimit ??= usualBytes
  })
  http.addHook('onRequest', (request, _reply, done) => {
    if (hasNoBody(request) || request.mediaType === 'application/json') done()
    else done(new Problem('unsupported_media_type', 'A body is taken here as application/json only') as Error)
  })
}

const hasNoBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0

const [QUOTE, COMMA, COLON, LIST, BACKSLASH, LIST_END, OBJECT, OBJECT_END] = [34, 44, 58, 91, 92, 93, 123, 125]

/** Refuses (422, 413) what is nested too deep or has too many values or names; knows nothing of whether it is JSON. */
function refuseHeavy(body: Buffer, mostValues: number): void {
  let depth = 0
  let values = 0
  let isText = false
  const names = new Uint32Array(deepest + 1)
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (byte === QUOTE) isText = !isText
    else if (isText) at += byte === BACKSLASH ? 1 : 0
    else if (byte === COMMA) values += 1
    else if (byte === COLON) names[depth]! += 1
    else if (byte === LIST_END || byte === OBJECT_END) depth -= 1
    else if (byte === LIST || byte === OBJECT) {
      values += 1
      depth += 1
      names[depth] = 0
      if (depth > deepest) throw unprocessable({ body: `is nested more than ${deepest} levels deep` })
    }
    if (values > mostValues) throw tooLarge(`The body has more than ${mostValues} values`)
    if (names[depth]! > mostNames) throw tooLarge(`The body has more than ${mostNames} fields in one object`)
  }
}
