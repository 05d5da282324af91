import { randomBytes } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { filesIn, type S3, startS3 } from './storage/s3.testing.ts'

// File stores as the tests of both kinds see them from below.

/** A new file store, and what lies in it. */
export interface TestFiles {
  /** FILES_URL. */
  url: string
  /** The names of all that lies there, in order, but for the mark of the database: keys, and whatever should not be. */
  names(): Promise<string[]>
  /** Puts something there that looks as if it were from that time. */
  plant(name: string, at: Date): Promise<void>
  /** Something that began to arrive then and never came whole. */
  plantUnfinished(at: Date): Promise<void>
  /** Makes a file look as if it were from that time. */
  age(name: string, at: Date): Promise<void>
}

let bucket: S3 | undefined

/** From now on the file stores of this file's tests lie in a bucket of the server that it starts, not in folders. */
export async function storeInBucket(): Promise<S3> {
  bucket = await startS3()
  return bucket
}

/** An empty file store: `folder`, which need not exist, or a place in the bucket. */
export const newFiles = (folder: string): TestFiles => bucket?.files(randomBytes(4).toString('hex')) ?? diskFiles(folder)

function diskFiles(folder: string): TestFiles {
  const age = (name: string, at: Date): Promise<void> => utimes(join(folder, name), at, at)
  const plant = async (name: string, at: Date): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), 'left')
    await age(name, at)
  }
  return {
    url: `file://${folder}`,
    names: async () => (await filesIn(folder)).filter(name => name !== 'database'),
    plant,
    plantUnfinished: at => plant(`incoming/${randomBytes(16).toString('hex')}`, at),
    age
  }
}
