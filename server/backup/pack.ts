import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import tar from 'tar-stream'

/** Adds an entry: a text, or a stream of so many bytes. */
export interface Adder {
  text(name: string, text: string): Promise<void>
  stream(name: string, size: number, content: AsyncIterable<Buffer>): Promise<void>
}

/**
 * Makes a new archive of the entries that `fill` adds. It has its name once it is whole and on disk, and only its owner may read
 * it; whatever fails leaves none. Resolves with its size in bytes. Throws an error that names the file when it cannot be written.
 */
export async function writeContainer(path: string, fill: (add: Adder) => Promise<void>): Promise<number> {
  const partial = `${path}.partial`
  await rm(partial, { force: true }).catch(error => refuse(path, 'written', error))
  const pack = tar.pack()
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600 })
  const failures: unknown[] = []
  const fails = (error: unknown): void => void failures.push(error)
  file.once('error', error => fails(new Error(`The archive ${path} cannot be written: ${error.message}`)))
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  const written = pipeline(pack, compress, file).catch(fails)
  await fill(adderTo(pack))
    .then(() => pack.finalize())
    .catch(error => {
      fails(error)
      pack.destroy()
    })
  await written
  try {
    if (failures.length > 0) throw failures[0]
    return await seal(partial, path).catch(error => refuse(path, 'written', error))
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

const adderTo = (pack: tar.Pack): Adder => ({
  text: (name, text) =>
    new Promise((resolve, reject) => {
      pack.entry({ name, mode: 0o600 }, text, error => (error ? reject(error) : resolve())).on('error', reject)
    }),
  stream: (name, size, content) => pipeline(Readable.from(content), pack.entry({ name, size, mode: 0o600 }))
})

/** A frame that decompressors skip; eight bytes with the length of all before it follow. */
export const lastFrame = Buffer.from('502a4d1808000000', 'hex')
export const lastFrameBytes = 16

/** Ends the archive with its own length, so that one that is cut off is known at once; puts it on disk and under its name. */
async function seal(partial: string, path: string): Promise<number> {
  const file = await open(partial, 'a')
  try {
    const { size } = await file.stat()
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(size))
    await file.appendFile(Buffer.concat([lastFrame, length]))
    await file.sync()
    await rename(partial, path)
    if (process.platform !== 'win32') await syncFolder(dirname(path))
    return size + lastFrameBytes
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

export function refuse(path: string, verb: 'read' | 'written', error: Error): never {
  throw new Error(`The archive ${path} cannot be ${verb}: ${error.message}`)
}
