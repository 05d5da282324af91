import { Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'

/** A body as a stream of chunks. */
export function chunked(body: Buffer, size = 65_536): Readable {
  const chunks: Buffer[] = []
  for (let at = 0; at < body.length; at += size) chunks.push(body.subarray(at, at + size))
  return Readable.from(chunks, { objectMode: false })
}

/** One part of a form, with any Content-Disposition and one more header. */
export function part(disposition: string, value: string | Buffer, header = ''): Buffer {
  const head = `Content-Disposition: ${disposition}\r\n${header && `${header}\r\n`}\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(value)])
}

export const field = (name: string, value: string, header?: string) => part(`form-data; name="${name}"`, value, header)
export const filePart = (name: string, filename: string, value: string | Buffer) =>
  part(`form-data; name="${name}"; filename="${filename}"`, value, 'Content-Type: application/octet-stream')

/** A well-formed body of these parts. */
export function form(parts: Buffer[], boundary = 'b'): Buffer {
  const pieces = parts.flatMap(piece => [Buffer.from(`--${boundary}\r\n`), piece, Buffer.from('\r\n')])
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}

/** Whether two readings of a body are equal. */
export function same(ours: [string, Buffer][], theirs: [string, Buffer][] | undefined): boolean {
  if (!theirs || ours.length !== theirs.length) return false
  return ours.every(([name, value], n) => name === theirs[n]![0] && value.equals(theirs[n]![1]))
}

/** What the library makes of a body, cut in two chunks: raw names and bytes, or undefined for a broken one. */
export function busboyFields(body: Buffer, boundary: string, cut: number): Promise<[string, Buffer][] | undefined> {
  return new Promise(resolve => {
    const fields: [string, Buffer][] = []
    const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
    const busboy = new Busboy({ headers, isPartAFile: () => true, preservePath: true })
    busboy.on('file', (name, stream) => {
      const entry: [string, Buffer] = [name, Buffer.alloc(0)]
      fields.push(entry)
      stream
        .on('error', () => undefined)
        .on('data', chunk => {
          entry[1] = Buffer.concat([entry[1], chunk])
        })
    })
    busboy.on('error', () => resolve(undefined)).on('finish', () => resolve(fields))
    if (cut > 0 && cut < body.length) busboy.write(body.subarray(0, cut))
    busboy.end(cut > 0 ? body.subarray(cut < body.length ? cut : 0) : body)
  })
}

type Random = ReturnType<typeof generator>

/** A seeded source of chance: the same seed gives the same choices. */
export function generator(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(next() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  return { below, pick, chance: (share: number) => next() < share }
}

const BOUNDARIES = ['b', '-', '--', '----WebKitFormBoundary7MA4YWxk', 'a-b', "x'=?:/()+_,.", '0123', 'bb', 'aXbX', 'two words']
const NAMES = [
  'subject',
  'message',
  'user_id[]',
  '__proto__',
  'a;b',
  'a=b',
  "it's",
  '',
  'é',
  'x y',
  'a\\b',
  'a%22b',
  'a*b',
  'n\tm',
  'a: b',
  'n'.repeat(255),
  'n'.repeat(256)
]
const DISPOSITIONS = [
  'form-data; filename="x"; name="',
  'form-data;name="',
  'form-data;  name="',
  'attachment; name="',
  'form-data; name=',
  'form-data; NAME="'
]
const HEADERS = [
  'Content-Type: text/plain',
  'Content-Type: text/plain; charset=latin1',
  'content-type: text/plain',
  'X-A: 1',
  ' folded',
  'Content-Type: application/octet-stream',
  'junk',
  'Content-Type: text/plain '
]
const AFTER_NAME = ['', '; filename="f"', '; filename=""', ';', ' ', '"', '\n', '; x=y', "; name*=utf-8''z"]

/** A body of fields as clients send them, or broken anywhere. */
export function generateBody(random: Random): { body: Buffer; boundary: string } {
  const boundary = random.chance(0.7)
    ? random.pick(BOUNDARIES)
    : Array.from({ length: 1 + random.below(6) }, () => random.pick([...'-ab'])).join('')
  // Half of the bodies are as clients send them, but for their values; the others may be broken anywhere.
  const hostile = random.chance(0.5) ? 0.06 : 0
  const pieces: string[] = random.chance(hostile) ? [random.pick(['\r\n', 'preamble\r\n', '\n', '-', `--${boundary}`])] : []
  for (let parts = random.below(5); parts > 0; parts--) pieces.push(...generatePart(random, boundary, hostile))
  const wrongEnds = [
    `--${boundary}`,
    `--${boundary}-`,
    '',
    `--${boundary}\r\n`,
    `--${boundary}-- `,
    `-${boundary}--`,
    `--${boundary}--x`
  ]
  pieces.push(random.chance(hostile) ? random.pick(wrongEnds) : `--${boundary}--`)
  pieces.push(
    random.chance(hostile)
      ? random.pick(['\r', '\n', 'epilogue', `\r\n--${boundary}\r\n`, '\r\n\r\n'])
      : random.pick(['', '\r\n'])
  )
  let text = pieces.join('')
  if (random.chance(hostile)) text = text.slice(0, random.below(text.length + 1))
  if (random.chance(hostile)) {
    const at = random.below(text.length + 1)
    text = text.slice(0, at) + random.pick(['\r', '\n', '-', '"', '\0', '\r\n', ' ', '\\']) + text.slice(at + random.below(3))
  }
  return { body: Buffer.from(text, 'latin1'), boundary }
}

function generatePart(random: Random, boundary: string, hostile: number): string[] {
  const name = random.chance(0.9) ? random.pick(NAMES.slice(0, 4)) : random.pick(NAMES)
  const disposition = random.chance(hostile) ? random.pick(DISPOSITIONS) : 'form-data; name="'
  const headers = [`Content-Disposition: ${disposition}${name}"${random.chance(hostile) ? random.pick(AFTER_NAME) : ''}`]
  if (random.chance(0.1)) headers.push('Content-Type: text/plain')
  if (random.chance(hostile)) headers.splice(random.below(3), random.below(2), random.pick(HEADERS))
  const lineEnd = random.chance(hostile) ? random.pick(['\n', '\r', '\r\n\r\n', '']) : '\r\n'
  const start = random.chance(hostile)
    ? random.pick([`-${boundary}`, `--${boundary} `, `--${boundary}x`, `--${boundary}-`])
    : `--${boundary}`
  return [
    start,
    '\r\n',
    headers.join(lineEnd),
    lineEnd,
    '\r\n',
    generateValue(random, boundary),
    random.chance(hostile) ? random.pick(['', '\n', '\r']) : '\r\n'
  ]
}

function generateValue(random: Random, boundary: string): string {
  const near = [`\r\n--${boundary.slice(0, -1)}`, `\r\n-${boundary}`, `\n--${boundary}`, `--${boundary}`, `\r--${boundary}--`]
  const rare = [`\r\n--${boundary}`, `\r\n--${boundary}x`, `\r\n--${boundary}--`, `\r\n--${boundary}\r\n\r\n`]
  const plain = [
    '',
    'x',
    '\r\n',
    '\r',
    '\n',
    '--',
    '"',
    '\r\n\r\n',
    'Content-Disposition: form-data; name="y"',
    '\0',
    '\xc3\xa9',
    '\xff',
    'hello world '
  ]
  let value = ''
  for (let n = random.below(5); n > 0; n--)
    value += random.chance(0.02) ? random.pick(rare) : random.chance(0.3) ? random.pick(near) : random.pick(plain)
  return value
}
