import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { tooLarge, unavailable, unprocessable } from './errors.ts'
import { HEAD_BYTES, namesProgram, typeOf } from './filetype.ts'

/** The folder of uploaded files: `incoming/` while they arrive, `ab/ab12…` once kept. */
export interface Storage {
  readonly root: string
}

/** A file received whole and written to disk, not yet kept. */
export interface Upload {
  field: string
  /** The client's name for it: a label to show, never a path. */
  name: string
  type: string
  size: number
  /** Where it lies until it is kept. */
  path: string
  /** Where it will lie, relative to the root: random, with nothing of the client's name. */
  key: string
}

export interface UploadLabel {
  field: string
  filename: string
  /** What the client says it is; never believed. */
  declaredType: string
}

const INCOMING = 'incoming'
const KEY = /^([0-9a-f]{2})\/\1[0-9a-f]{62}$/
const FOLDER = /^[0-9a-f]{2}$/
const SWEEP_BATCH = 500
const LABEL_MAX = 255
const DISK_TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO', 'EMFILE', 'ENFILE'])

/** Opens the file store, making its folders where they are missing. */
export async function openStorage(root: string): Promise<Storage> {
  await mkdir(join(root, INCOMING), { recursive: true, mode: 0o700 })
  return { root }
}

/** Streams a file into `incoming/`, counted, typed by its content and synced to disk; whatever fails leaves nothing behind. */
export async function receive(
  storage: Storage,
  stream: Readable,
  label: UploadLabel,
  limits: { maxBytes: number }
): Promise<Upload> {
  const { field } = label
  const name = labelOf(label.filename)
  const id = randomBytes(32).toString('hex')
  const path = join(storage.root, INCOMING, id)
  let file: FileHandle | undefined
  try {
    if (namesProgram(baseOf(label.filename)) || namesProgram(name)) throw program(field, name)
    file = await open(path, 'wx', 0o600)
    const { size, head } = await copy(stream, file, limits.maxBytes, name)
    const type = await typeOf(head, name)
    if (type === 'program') throw program(field, name)
    await file.sync()
    await file.close()
    return { field, name, type, size, path, key: `${id.slice(0, 2)}/${id}` }
  } catch (error) {
    stream.destroy()
    await file?.close().catch(() => undefined)
    await rm(path, { force: true }).catch(() => undefined)
    throw diskTrouble(error)
  }
}

/** Moves an upload to its final place, durably, so that the row that names it may follow. */
export async function keep(storage: Storage, upload: Upload): Promise<void> {
  const place = placeOf(storage, upload.key)
  if (!place) throw new Error(`Not a storage key: ${upload.key}`)
  const folder = join(place, '..')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await rename(upload.path, place)
    await syncFolder(folder)
    await syncFolder(storage.root)
  } catch (error) {
    throw diskTrouble(error)
  }
}

/** Removes uploads that were never kept; those that were are the verb's. */
export async function forget(uploads: Upload[]): Promise<void> {
  await Promise.all(uploads.map(({ path }) => rm(path, { force: true })))
}

/** Removes uploads, kept or not; those already gone are no error. */
export async function discard(storage: Storage, uploads: Upload[]): Promise<void> {
  for (const upload of uploads) {
    await rm(upload.path, { force: true })
    await removeStored(storage, upload.key)
  }
}

/** Removes a kept file; one already gone is no error. */
export async function removeStored(storage: Storage, key: string): Promise<void> {
  const place = placeOf(storage, key)
  if (place) await rm(place, { force: true })
}

/** Opens a kept file for reading; the caller consumes or destroys the stream. */
export async function openStored(storage: Storage, key: string): Promise<{ stream: Readable; size: number } | undefined> {
  const place = placeOf(storage, key)
  if (!place) return undefined
  try {
    const file = await open(place)
    const { size } = await file.stat()
    return { stream: file.createReadStream(), size }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw diskTrouble(error)
  }
}

/** Removes what crashes left behind: uploads never kept, and kept files whose key `exists` does not return. */
export async function sweep(
  storage: Storage,
  olderThan: Date,
  exists: (keys: string[]) => Promise<Set<string>>
): Promise<number> {
  let removed = 0
  for await (const name of namesIn(join(storage.root, INCOMING))) {
    const path = join(storage.root, INCOMING, name)
    if (await isOlder(path, olderThan)) {
      await rm(path, { force: true })
      removed++
    }
  }
  let batch: string[] = []
  const removeOrphans = async () => {
    const known = await exists(batch)
    const orphans = batch.filter(key => !known.has(key))
    for (const key of orphans) await removeStored(storage, key)
    removed += orphans.length
    batch = []
  }
  for await (const folder of namesIn(storage.root)) {
    if (!FOLDER.test(folder)) continue
    for await (const name of namesIn(join(storage.root, folder))) {
      const place = placeOf(storage, `${folder}/${name}`)
      if (!place || !(await isOlder(place, olderThan))) continue
      if (batch.push(`${folder}/${name}`) === SWEEP_BATCH) await removeOrphans()
    }
  }
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

async function copy(stream: Readable, file: FileHandle, maxBytes: number, name: string): Promise<{ size: number; head: Buffer }> {
  let size = 0
  let head = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(`The file "${name}" is larger than ${maxBytes} bytes`)
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
    await file.writeFile(chunk)
  }
  return { size, head }
}

function program(field: string, name: string): Error {
  return unprocessable({ [field]: `"${name}" is a program or script, which is not accepted; put it into a .zip archive` })
}

function placeOf(storage: Storage, key: string): string | undefined {
  return KEY.test(key) ? join(storage.root, key) : undefined
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot sync a folder and needs no sync of one.
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function* namesIn(path: string): AsyncGenerator<string> {
  for await (const entry of await opendir(path)) yield entry.name
}

async function isOlder(path: string, than: Date): Promise<boolean> {
  try {
    return (await stat(path)).mtime < than
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function diskTrouble(error: unknown): unknown {
  const code = codeOf(error)
  return DISK_TROUBLE.has(code) ? unavailable(`The file store cannot take files now (${code}); try again later`) : error
}
