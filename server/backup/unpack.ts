import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import tar from 'tar-stream'
import { lastFrame, lastFrameBytes, refuse } from './pack.ts'

/**
 * Calls `take` with each entry in order; it reads the content, or what is left of it is passed over. Throws an error that names the
 * file when it cannot be read or is no whole archive, and what `take` throws. `take` answers false when it has seen enough.
 */
export async function readContainer(
  path: string,
  take: (name: string, content: AsyncIterable<Buffer>) => Promise<boolean>
): Promise<void> {
  await checkEnd(path)
  const entries = tar.extract()
  const failures: unknown[] = []
  const fails = (error: unknown): void => void failures.push(error)
  const read = pipeline(createReadStream(path), createZstdDecompress(), entries).catch(error => fails(damaged(path, error)))
  try {
    for await (const entry of entries) {
      const goesOn = await take(entry.header.name, entry as AsyncIterable<Buffer>).catch(error => {
        fails(entry.destroyed ? damaged(path, error) : error)
        throw error
      })
      if (!goesOn) return
      entry.resume()
    }
  } catch (error) {
    fails(damaged(path, error))
  }
  await read
  if (failures.length > 0) throw failures[0]
}

async function checkEnd(path: string): Promise<void> {
  const file = await open(path).catch(error => refuse(path, 'read', error))
  try {
    const { size } = await file.stat()
    const end = Buffer.alloc(lastFrameBytes)
    await file.read(end, 0, lastFrameBytes, Math.max(0, size - lastFrameBytes))
    const isWhole = end.subarray(0, 8).equals(lastFrame) && end.readBigUInt64LE(8) === BigInt(size - lastFrameBytes)
    if (!isWhole) throw new Error(`${path} is no archive of Liveforce, or its end is cut off`)
  } catch (error) {
    throw error instanceof Error && 'code' in error ? refuse(path, 'read', error) : error
  } finally {
    await file.close()
  }
}

const damaged = (path: string, error: unknown): Error =>
  new Error(`The archive ${path} is damaged: ${error instanceof Error ? error.message : error}`)
