import type { Readable } from 'node:stream'
import { tooLarge, unparseable } from './errors.ts'
import { discard, receive, type Storage, type Upload } from './storage.ts'

export interface MultipartRules {
  /** The fields that take files; `photos[]` and `photos[0]` count as `photos`. */
  fileFields: ReadonlyMap<string, { maxCount: number }>
  storage: Storage
  maxFileBytes: number
}

export const MAX_PARTS = 200
export const MAX_HEADER_BYTES = 16 * 1024
export const MAX_NAME = 255
const MAX_FIELD_BYTES = 2 * 1024 * 1024
const MAX_FORM_BYTES = 8 * 1024 * 1024

/** What has been read so far; places are taken as parts begin, so that the order stays that of the body. */
export interface Reading {
  rules: MultipartRules
  fields: ([string, Buffer] | undefined)[]
  files: (Upload | undefined)[]
  counts: Map<string, number>
  fieldBytes: number
}

export interface PartHeader {
  filename: string | undefined
  encoding: string
  type: string
}

/** Takes in one part, as a field, a file or a file nobody asked for. Throws at what the rules forbid. */
export async function takePart(reading: Reading, name: string | undefined, part: Readable, header: PartHeader): Promise<void> {
  if (name === undefined) throw unparseable('A part of the multipart body has no name')
  if (name.length > MAX_NAME) throw unparseable(`The name of a part is longer than ${MAX_NAME} characters`)
  if (!/^(?:7bit|8bit|binary)$/i.test(header.encoding.trim())) {
    throw unparseable(`The part "${name}" must be sent as it is, without Content-Transfer-Encoding`)
  }
  const field = name.replace(/\[\d{0,9}\]$/, '')
  const rule = reading.rules.fileFields.get(field)
  if (header.filename === undefined && !(rule && header.type === 'application/octet-stream'))
    return takeField(reading, name, part)
  return rule ? takeFile(reading, field, rule.maxCount, part, header) : ignoreFile(reading, name, part, header)
}

async function takeField(reading: Reading, name: string, part: Readable): Promise<void> {
  const place = reading.fields.push(undefined) - 1
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of part as AsyncIterable<Buffer>) {
    size += chunk.length
    reading.fieldBytes += chunk.length
    if (size > MAX_FIELD_BYTES) throw tooLarge(`The field "${name}" is larger than ${MAX_FIELD_BYTES} bytes`)
    if (reading.fieldBytes > MAX_FORM_BYTES) throw tooLarge(`The fields together are larger than ${MAX_FORM_BYTES} bytes`)
    chunks.push(chunk)
  }
  reading.fields[place] = [name, Buffer.concat(chunks)]
}

async function takeFile(reading: Reading, field: string, maxCount: number, part: Readable, header: PartHeader): Promise<void> {
  const { rules, files, counts } = reading
  const count = () => {
    counts.set(field, (counts.get(field) ?? 0) + 1)
    if (counts.get(field)! > maxCount) throw tooLarge(`The field "${field}" takes at most ${maxCount} files`)
  }
  // A file input left empty comes as a part without a file name and without content.
  if (header.filename) count()
  const place = files.push(undefined) - 1
  const label = { field, filename: header.filename ?? '', declaredType: header.type }
  const upload = await receive(rules.storage, part, label, { maxBytes: rules.maxFileBytes })
  if (!header.filename && upload.size === 0) return discard(rules.storage, [upload])
  files[place] = upload
  if (!header.filename) count()
}

async function ignoreFile(reading: Reading, name: string, part: Readable, header: PartHeader): Promise<void> {
  const place = reading.fields.push(undefined) - 1
  let size = 0
  for await (const chunk of part as AsyncIterable<Buffer>) size += chunk.length
  if (header.filename || size > 0) reading.fields[place] = [name, Buffer.alloc(0)]
}

/** The bytes a request may have; files of other names are read and dropped, and together get the room of one file. */
export function bytesAllowed(rules: MultipartRules): number {
  let files = 1
  for (const { maxCount } of rules.fileFields.values()) files += maxCount
  return MAX_FORM_BYTES + MAX_PARTS * MAX_HEADER_BYTES + files * rules.maxFileBytes
}
