import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { tooLarge, unparseable, unprocessable } from './errors.ts'
import { bytesAllowed, MAX_HEADER_BYTES, MAX_NAME, MAX_PARTS, type MultipartRules, type Reading, takePart } from './parts.ts'
import { discard, type Upload } from './storage.ts'

export type { MultipartRules } from './parts.ts'

/** A form as it came: names may repeat, nothing is interpreted, files are stored. */
export interface RawForm {
  fields: [name: string, value: string][]
  files: Upload[]
}

const SMALL_BODY = 64 * 1024
const MAX_DRAIN_BYTES = 64 * 1024 * 1024

const FIELD_HEADER = 'Content-Disposition: form-data; name="'
const TEXT_HEADER = '\r\nContent-Type: text/plain\r\n\r\n'
const [CR, LF, DASH, QUOTE, BACKSLASH] = [13, 10, 45, 34, 92]

/**
 * Reads a body that has nothing but plain fields, as nearly every call of the API has. Answers undefined for whatever else
 * it meets, broken or merely unusual: then the library decides.
 */
export function parseFields(body: Buffer, boundary: string): [string, Buffer][] | undefined {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  let at = delimiter.length - 2
  if (body.toString('latin1', 0, at) !== `--${boundary}`) return undefined
  const fields: [string, Buffer][] = []
  while (fields.length < MAX_PARTS) {
    if (body[at] === DASH && body[at + 1] === DASH) return endsAt(body, at + 2) ? fields : undefined
    const nameAt = at + 2 + FIELD_HEADER.length
    if (body[at] !== CR || body[at + 1] !== LF || body.toString('latin1', at + 2, nameAt) !== FIELD_HEADER) return undefined
    const nameEnd = plainNameEnd(body, nameAt)
    const valueAt = nameEnd === -1 ? -1 : headerEnd(body, nameEnd + 1)
    if (valueAt === -1) return undefined
    // From the empty line on: a value that begins like a boundary is one.
    const valueEnd = body.indexOf(delimiter, valueAt - 2)
    if (valueEnd < valueAt) return undefined
    fields.push([body.toString('latin1', nameAt, nameEnd), body.subarray(valueAt, valueEnd)])
    at = valueEnd + delimiter.length
  }
  return undefined
}

function endsAt(body: Buffer, at: number): boolean {
  return at === body.length || (at + 2 === body.length && body[at] === CR && body[at + 1] === LF)
}

function plainNameEnd(body: Buffer, from: number): number {
  const limit = Math.min(body.length, from + MAX_NAME + 1)
  for (let at = from; at < limit; at++) {
    const byte = body[at]!
    if (byte === QUOTE) return at
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return -1
  }
  return -1
}

function headerEnd(body: Buffer, at: number): number {
  if (body[at] !== CR || body[at + 1] !== LF) return -1
  if (body[at + 2] === CR && body[at + 3] === LF) return at + 4
  return body.toString('latin1', at, at + TEXT_HEADER.length) === TEXT_HEADER ? at + TEXT_HEADER.length : -1
}

/**
 * Reads a multipart request whole: fields into memory, files into the store. Refuses at the first fault, leaves no file behind
 * and lets the rest of the request run out, so that the answer arrives.
 */
export async function readMultipart(
  contentType: string,
  contentLength: number | undefined,
  stream: Readable,
  rules: MultipartRules
): Promise<RawForm> {
  try {
    const boundary = boundaryOf(contentType)
    const body = contentLength !== undefined && contentLength <= SMALL_BODY ? await collect(stream) : undefined
    const fields = body && parseFields(body, boundary)
    if (fields) return { fields: decode(fields), files: [] }
    return await readParts(body ? Readable.from([body]) : stream, boundary, rules)
  } catch (error) {
    drain(stream)
    throw error
  }
}

function boundaryOf(contentType: string): string {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare ?? ''
  if (/^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/.test(boundary)) return boundary
  throw unparseable(
    'The Content-Type of a multipart body must state its boundary, 1 to 70 of the characters that RFC 2046 allows'
  )
}

function collect(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > SMALL_BODY) reject(unparseable('The body is longer than its Content-Length'))
      else chunks.push(chunk)
    })
    stream.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    stream.on('error', () => reject(hungUp()))
    stream.on('close', () => stream.readableEnded || reject(hungUp()))
    if (stream.destroyed) reject(hungUp())
  })
}

function decode(fields: [string, Buffer][]): [string, string][] {
  const broken = fields.filter(([, value]) => !isUtf8(value))
  if (broken.length > 0) throw unprocessable(Object.fromEntries(broken.map(([name]) => [name, 'is not valid UTF-8'])))
  return fields.map(([name, value]) => [name, value.toString('utf8')])
}

async function readParts(source: Readable, boundary: string, rules: MultipartRules): Promise<RawForm> {
  const reading: Reading = { rules, fields: [], files: [], counts: new Map(), fieldBytes: 0 }
  const tasks: Promise<void>[] = []
  try {
    await feed(source, boundary, reading, tasks)
    await Promise.all(tasks)
    return {
      fields: decode(reading.fields.filter(field => field !== undefined)),
      files: reading.files.filter(file => file !== undefined)
    }
  } catch (error) {
    await Promise.allSettled(tasks)
    await discard(
      rules.storage,
      reading.files.filter(file => file !== undefined)
    )
    throw error
  }
}

function feed(source: Readable, boundary: string, reading: Reading, tasks: Promise<void>[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // Every part as a stream of its bytes: the library would turn invalid UTF-8 into replacement characters.
    const limits = { parts: MAX_PARTS, headerPairs: 32, headerSize: MAX_HEADER_BYTES }
    const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
    const busboy = new Busboy({ headers, isPartAFile: () => true, preservePath: true, limits })
    const parts = new Set<Readable>()
    let stopped = false
    const stop = (error: unknown) => {
      stopped = true
      source.unpipe(busboy)
      reject(error)
      for (const part of parts) part.destroy(new Error('The reading of this form has stopped'))
    }
    let left = bytesAllowed(reading.rules)
    busboy.on('file', (name, part, filename, encoding, type) => {
      // The library goes on to the end of its chunk.
      if (stopped) return void part.on('error', () => undefined).destroy()
      parts.add(part.on('error', () => undefined).on('close', () => parts.delete(part)))
      const task = takePart(reading, name, part, { filename, encoding, type })
      tasks.push(task)
      task.catch(stop)
    })
    busboy.on('partsLimit', () => stop(tooLarge(`A form takes at most ${MAX_PARTS} parts`)))
    busboy.on('error', () => stop(unparseable('The multipart body ends before its closing boundary')))
    busboy.on('finish', resolve)
    source.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) stop(tooLarge('The request is larger than its fields and files may be together'))
    })
    source.on('error', () => stop(hungUp()))
    source.on('close', () => source.readableEnded || stop(hungUp()))
    if (source.destroyed) stop(hungUp())
    source.pipe(busboy)
  })
}

// A client reads the answer only after it has sent its request, or much of it; one that never ends is cut off.
function drain(stream: Readable): void {
  let left = MAX_DRAIN_BYTES
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) stream.destroy()
  })
  stream.resume()
}

function hungUp(): Error {
  return unparseable('The request ended before its body was complete')
}
