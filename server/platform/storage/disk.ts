import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, opendir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { unavailable } from '../errors.ts'
import { isKey, type Storage } from '../storage.ts'

const INCOMING = 'incoming'
const MARK = 'database'
const FOLDER = /^[0-9a-f]{2}$/
const DISK_TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO', 'EMFILE', 'ENFILE'])

/** Opens the file store in a folder, making it where it is missing: `incoming/` while files arrive, `ab/ab12…` from then on. */
export async function openDisk(root: string): Promise<Storage> {
  await mkdir(join(root, INCOMING), { recursive: true, mode: 0o700 })
  return new Disk(root)
}

class Disk implements Storage {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async put(key: string, content: AsyncIterable<Buffer>): Promise<void> {
    if (!isKey(key)) throw new Error(`Not a storage key: ${key}`)
    const arriving = join(this.#root, INCOMING, randomBytes(16).toString('hex'))
    try {
      await write(arriving, content)
      await this.#place(arriving, join(this.#root, key))
    } catch (error) {
      await rm(arriving, { force: true }).catch(() => undefined)
      throw diskTrouble(error)
    }
  }

  /** Moves a file that is synced to where it stays, so that a power cut leaves it there too. */
  async #place(from: string, to: string): Promise<void> {
    const folder = dirname(to)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await rename(from, to)
    try {
      await syncFolder(folder)
      await syncFolder(this.#root)
    } catch (error) {
      await rm(to, { force: true })
      throw error
    }
  }

  async open(key: string): Promise<{ stream: Readable; size: number } | undefined> {
    if (!isKey(key)) return undefined
    try {
      const file = await open(join(this.#root, key))
      const { size } = await file.stat()
      return { stream: file.createReadStream(), size }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw diskTrouble(error)
    }
  }

  async remove(key: string): Promise<void> {
    if (isKey(key)) await rm(join(this.#root, key), { force: true })
  }

  async belongsTo(mark: string): Promise<boolean> {
    const path = join(this.#root, MARK)
    try {
      return (await readFile(path, 'utf8')) === mark
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      await writeFile(path, mark)
      return true
    }
  }

  async *keysBefore(time: Date): AsyncGenerator<string> {
    for await (const folder of namesIn(this.#root)) {
      if (!FOLDER.test(folder)) continue
      for await (const name of namesIn(join(this.#root, folder))) {
        const key = `${folder}/${name}`
        if (isKey(key) && (await isOlder(join(this.#root, key), time))) yield key
      }
    }
  }

  async removeUnfinished(time: Date): Promise<number> {
    let removed = 0
    for await (const name of namesIn(join(this.#root, INCOMING))) {
      const path = join(this.#root, INCOMING, name)
      if (!(await isOlder(path, time))) continue
      await rm(path, { force: true })
      removed++
    }
    return removed
  }
}

async function write(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'wx', 0o600)
    for await (const chunk of content) await file.writeFile(chunk)
    await file.sync()
  } finally {
    await file?.close()
  }
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
