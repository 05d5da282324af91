import { createHash, type Hash } from 'node:crypto'
import { isKey } from '../platform/storage.ts'
import { passes } from '../platform/validation.ts'
import { parsed, textOf, watched } from './content.ts'
import { Checksums, digestOf, entryNames, format, Manifest } from './format.ts'
import { readContainer } from './unpack.ts'

/** Who takes what is read, in the order of the archive. */
export interface Taker {
  rows(table: Manifest['tables'][number], rows: unknown[][]): Promise<void>
  file(key: string, content: AsyncIterable<Buffer>): Promise<void>
}

export interface Contents {
  manifest: Manifest
  checksums: Checksums
}

/** The manifest alone. Throws when the file is no archive, or a newer program's. */
export async function readManifest(path: string): Promise<Manifest> {
  let manifest: Manifest | undefined
  await readContainer(path, async (name, content) => {
    manifest = manifestOf(path, name, await textOf(content))
    return false
  })
  if (!manifest) throw new Error(`${path} is no archive of Liveforce`)
  return manifest
}

/**
 * Reads a whole archive, handing on what is in it, and checks that nothing is missing, altered or out of order. Throws at the first
 * fault, which for altered content may come after it was handed on: keep nothing before this resolves.
 */
export async function readArchive(path: string, taker: Taker): Promise<Contents> {
  const reading = new Reading(path, taker)
  await readContainer(path, async (name, content) => {
    await reading.take(name, content)
    return true
  })
  return reading.finish()
}

function manifestOf(path: string, name: string, text: string): Manifest {
  const manifest = name === entryNames.manifest ? parsed(text) : undefined
  const written = (manifest as Partial<Manifest> | undefined)?.format
  if (typeof written === 'number' && written > format)
    throw new Error(`The archive ${path} has format ${written}, this program reads ${format}: use a newer program`)
  if (!passes(Manifest, manifest)) throw new Error(`${path} is no archive of Liveforce: it does not begin with a manifest`)
  return manifest as Manifest
}

class Reading {
  readonly #path: string
  readonly #taker: Taker
  #manifest: Manifest | undefined
  #manifestDigest = ''
  /** The place of the table that is being read, and what is read of it. */
  #table = -1
  #portion = 0
  #rows = 0
  #hash: Hash | undefined
  readonly #digests: Record<string, string> = {}
  #files = 0
  readonly #filesHash = createHash('sha256')
  #checksums: Checksums | undefined

  constructor(path: string, taker: Taker) {
    this.#path = path
    this.#taker = taker
  }

  async take(name: string, content: AsyncIterable<Buffer>): Promise<void> {
    if (!this.#manifest) return this.#begin(name, await textOf(content))
    if (this.#checksums) throw this.#damaged(`${name} comes after its end`)
    if (name.startsWith('tables/')) return this.#takePortion(name, await textOf(content))
    this.#endTables()
    const key = name.startsWith('files/') ? name.slice('files/'.length) : ''
    if (isKey(key)) return this.#takeFile(key, content)
    if (name !== entryNames.checksums) throw this.#damaged(`${name} does not belong there`)
    const checksums = parsed(await textOf(content))
    if (!passes(Checksums, checksums)) throw this.#damaged(`${name} is not as it must be`)
    this.#checksums = checksums as Checksums
  }

  finish(): Contents {
    const [manifest, checksums] = [this.#manifest, this.#checksums]
    if (!manifest || !checksums) throw this.#damaged('its end is missing')
    const wanted = manifest.files === null ? 0 : manifest.files - checksums.missing
    if (this.#files !== wanted) throw this.#damaged(`it has ${this.#files} of ${wanted} files`)
    const { manifest: manifestDigest, tables, files } = checksums
    const wrong =
      manifestDigest !== this.#manifestDigest
        ? entryNames.manifest
        : (manifest.tables.find(({ name }) => tables[name] !== this.#digests[name])?.name ??
          (files === this.#filesHash.digest('hex') ? undefined : 'a file'))
    if (wrong) throw this.#damaged(`${wrong} was altered`)
    return { manifest, checksums }
  }

  #begin(name: string, text: string): void {
    this.#manifest = manifestOf(this.#path, name, text)
    this.#manifestDigest = digestOf(text)
  }

  async #takePortion(name: string, text: string): Promise<void> {
    const tables = this.#manifest!.tables
    if (name !== entryNames.portion(tables[this.#table]?.name ?? '', this.#portion + 1)) {
      const next = tables.findIndex((table, place) => place > this.#table && name === entryNames.portion(table.name, 1))
      if (next < 0) throw this.#damaged(`${name} does not belong there`)
      this.#endTables(next)
      this.#hash = createHash('sha256')
    }
    const table = tables[this.#table]!
    const rows = parsed(`[${text.trimEnd().replaceAll('\n', ',')}]`)
    const isRight = Array.isArray(rows) && rows.every(row => Array.isArray(row) && row.length === table.columns.length)
    if (!isRight) throw this.#damaged(`${name} has lines that are no rows`)
    this.#portion += 1
    this.#rows += rows.length
    this.#hash?.update(text)
    await this.#taker.rows(table, rows as unknown[][])
  }

  /** Ends the table that is being read, and those without rows up to the one at `next`. */
  #endTables(next = this.#manifest!.tables.length): void {
    const tables = this.#manifest!.tables
    if (this.#table < next && this.#hash) this.#digests[tables[this.#table]!.name] = this.#hash.digest('hex')
    for (; this.#table < next; this.#table++) {
      const table = tables[this.#table]
      if (table && table.rows !== this.#rows) throw this.#damaged(`it has ${this.#rows} of ${table.rows} rows of ${table.name}`)
      this.#rows = 0
    }
    this.#portion = 0
    this.#hash = undefined
  }

  async #takeFile(key: string, content: AsyncIterable<Buffer>): Promise<void> {
    const hash = createHash('sha256')
    await this.#taker.file(key, watched(content, hash))
    this.#filesHash.update(`${hash.digest('hex')}  ${key}\n`)
    this.#files += 1
  }

  #damaged(fault: string): Error {
    return new Error(`The archive ${this.#path} is damaged: ${fault}`)
  }
}
