import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { tooLarge, unprocessable } from './errors.ts'
import { HEAD_BYTES, namesProgram, typeOf } from './filetype.ts'

/** Where uploaded files lie, each under a key: `ab/ab12…`, 32 random bytes, with nothing of the client's name. */
export interface Storage {
  /** Stores a file, durably once this resolves. Throws what the content throws, or 503; whatever fails leaves no file behind. */
  put(key: string, content: AsyncIterable<Buffer>): Promise<void>
  /** Opens a file, whose stream the caller consumes or destroys; undefined when there is none. Throws 503. */
  open(key: string): Promise<{ stream: Readable; size: number } | undefined>
  /** Removes a file; one already gone is no error. Throws 503. */
  remove(key: string): Promise<void>
  /** Whether the files are those of the database with this mark: the first one to ask leaves its mark with them. */
  belongsTo(mark: string): Promise<boolean>
  /** The keys of the files stored before a time. */
  keysBefore(time: Date): AsyncIterable<string>
  /** Removes what began to arrive before a time and never became a file; resolves with how many. */
  removeUnfinished(time: Date): Promise<number>
}

/** A file received whole and stored, with no row yet. */
export interface Upload {
  field: string
  /** The client's name for it: a label to show, never a path. */
  name: string
  type: string
  size: number
  key: string
  /** A verb has taken it, and from then on decides whether it stays. */
  isTaken: boolean
}

export interface UploadLabel {
  field: string
  filename: string
  /** What the client says it is; never believed. */
  declaredType: string
}

const KEY = /^([0-9a-f]{2})\/\1[0-9a-f]{62}$/
const SWEEP_BATCH = 500
const LABEL_MAX = 255

export const isKey = (text: string): boolean => KEY.test(text)

/** Streams a file into the store, counted and typed by its content; whatever fails leaves nothing behind. */
export async function receive(
  storage: Storage,
  stream: Readable,
  label: UploadLabel,
  limits: { maxBytes: number }
): Promise<Upload> {
  const id = randomBytes(32).toString('hex')
  const upload = {
    field: label.field,
    name: labelOf(label.filename),
    type: '',
    size: 0,
    key: `${id.slice(0, 2)}/${id}`,
    isTaken: false
  }
  try {
    if (namesProgram(baseOf(label.filename)) || namesProgram(upload.name)) throw program(upload)
    await storage.put(upload.key, inspected(stream, upload, limits.maxBytes))
    return upload
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** Removes stored files of which there is no row; what cannot be removed now, the sweep removes. */
export async function discard(storage: Storage, files: Pick<Upload, 'key'>[]): Promise<void> {
  await Promise.allSettled(files.map(({ key }) => storage.remove(key)))
}

/** Removes what crashes left behind: files that never came whole, and files whose key `exists` does not return. */
export async function sweep(
  storage: Storage,
  olderThan: Date,
  exists: (keys: string[]) => Promise<Set<string>>
): Promise<number> {
  let removed = await storage.removeUnfinished(olderThan)
  let batch: string[] = []
  const removeOrphans = async () => {
    const known = await exists(batch)
    const orphans = batch.filter(key => !known.has(key))
    for (const key of orphans) await storage.remove(key)
    removed += orphans.length
    batch = []
  }
  for await (const key of storage.keysBefore(olderThan)) if (batch.push(key) === SWEEP_BATCH) await removeOrphans()
  if (batch.length > 0) await removeOrphans()
  return removed
}

/** A client's file name as a label: one line, no path, no leading dots, at most 255 characters with its extension kept. */
export function labelOf(filename: string): string {
  const name = baseOf(filename).replace(/^[.\s]{1,1000}/, '')
  const letters = Array.from(name)
  if (letters.length <= LABEL_MAX) return name || 'file'
  const dot = letters.lastIndexOf('.')
  const extension = dot > 0 && letters.length - dot <= 20 ? letters.slice(dot) : []
  return [...letters.slice(0, LABEL_MAX - extension.length), ...extension].join('')
}

function baseOf(filename: string): string {
  // Without control characters, line separators, bidi overrides and lone surrogates a name shows as it is.
  const visible = filename.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '')
  return visible.slice(Math.max(visible.lastIndexOf('/'), visible.lastIndexOf('\\')) + 1).trim()
}

/** Lets the content through while it learns its size and type. Throws 413 and 422 at what is not taken. */
async function* inspected(content: AsyncIterable<Buffer>, upload: Upload, maxBytes: number): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0)
  for await (const chunk of content) {
    upload.size += chunk.length
    if (upload.size > maxBytes) throw tooLarge(`The file "${upload.name}" is larger than ${maxBytes} bytes`)
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
    yield chunk
  }
  upload.type = await typeOf(head, upload.name)
  if (upload.type === 'program') throw program(upload)
}

function program({ field, name }: Pick<Upload, 'field' | 'name'>): Error {
  return unprocessable({ [field]: `"${name}" is a program or script, which is not accepted; put it into a .zip archive` })
}
