import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { BucketPlace } from '../../config.ts'
import { type Problem, unavailable } from '../errors.ts'
import { isKey, type Storage } from '../storage.ts'

const MARK = 'database'

/**
 * Opens the file store in a bucket: files are objects `prefix/ab/ab12…`, which exist once they are whole. Credentials come from
 * where the SDK usually looks. Throws an error that names FILES_URL and the mend when the bucket cannot be used.
 */
export async function openS3(place: BucketPlace): Promise<Storage> {
  const { url, bucket, prefix, region, endpoint } = place
  const agent = { maxSockets: Number.POSITIVE_INFINITY }
  const client = new S3Client({
    region,
    // Other servers than Amazon's know neither buckets in host names nor the checksums that the SDK adds by itself.
    ...(endpoint && { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    // A socket is also idle while a slow client takes its file.
    requestHandler: { connectionTimeout: 3000, socketTimeout: 60_000, httpAgent: agent, httpsAgent: agent }
  })
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + MARK }))
    await Body?.transformToString()
  } catch (error) {
    if (nameOf(error) !== 'NoSuchKey') throw new Error(`FILES_URL (${url}) ${reasonOf(error)}`)
  }
  return new Bucket(client, place)
}

class Bucket implements Storage {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(client: S3Client, { bucket, prefix }: BucketPlace) {
    this.#client = client
    this.#bucket = bucket
    this.#prefix = prefix
  }

  async put(key: string, content: AsyncIterable<Buffer>): Promise<void> {
    if (!isKey(key)) throw new Error(`Not a storage key: ${key}`)
    let refusal: unknown
    const body = Readable.from(
      watched(content, error => {
        refusal = error
      })
    )
    // One part at a time: the client waits for the bucket, and a file takes the memory of a few parts of 5 MB, whatever its size.
    const params = { ...this.#at(key), Body: body }
    const upload = new Upload({ client: this.#client, params, queueSize: 1 })
    await upload.done().catch(error => {
      throw refusal ?? trouble(error)
    })
  }

  async open(key: string): Promise<{ stream: Readable; size: number } | undefined> {
    const found = isKey(key) ? await this.#get(key) : undefined
    return found && { stream: found.Body as Readable, size: found.ContentLength as number }
  }

  async #get(name: string): Promise<GetObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new GetObjectCommand(this.#at(name)))
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined
      throw trouble(error)
    }
  }

  async remove(key: string): Promise<void> {
    if (isKey(key)) await this.#client.send(new DeleteObjectCommand(this.#at(key))).catch(giveUp)
  }

  async belongsTo(mark: string): Promise<boolean> {
    const found = await this.#get(MARK)
    if (found) return (await found.Body?.transformToString()) === mark
    await this.#client.send(new PutObjectCommand({ ...this.#at(MARK), Body: mark })).catch(giveUp)
    return true
  }

  async *keysBefore(time: Date): AsyncGenerator<string> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: this.#prefix })
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', LastModified } of Contents) {
          const key = Key.slice(this.#prefix.length)
          if (isKey(key) && LastModified && LastModified < time) yield key
        }
      }
    } catch (error) {
      giveUp(error)
    }
  }

  async removeUnfinished(time: Date): Promise<number> {
    const from = { Bucket: this.#bucket, Prefix: this.#prefix }
    // The first thousand: what there is more, the next sweep finds.
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand(from)).catch(giveUp)
    const old = Uploads.filter(({ Initiated }) => Initiated && Initiated < time)
    for (const { Key, UploadId } of old) {
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId })).catch(giveUp)
    }
    return old.length
  }

  #at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` }
  }
}

/** The content, which notes what it throws: that is the reason then, whatever the SDK meets while it gives up the upload. */
const watched = (content: AsyncIterable<Buffer>, note: (error: unknown) => void): AsyncIterable<Buffer> => ({
  [Symbol.asyncIterator]() {
    const source = content[Symbol.asyncIterator]()
    return {
      next: () =>
        source.next().catch(error => {
          note(error)
          throw error
        }),
      return: async () => (await source.return?.()) ?? { value: undefined, done: true }
    }
  }
})

/** What the SDK calls the error: a code of S3's or of the network's. */
function nameOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(typeof code === 'string' ? code : name)
}

const trouble = (error: unknown): Problem => unavailable(`The file store cannot be used now (${nameOf(error)}); try again later`)

function giveUp(error: unknown): never {
  throw trouble(error)
}

const credentials = 'is refused with these credentials; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
const elsewhere = 'is in another region; name it with ?region='
const silent = 'does not answer; check its endpoint and the network'

const reasons: Record<string, string> = {
  NoSuchBucket: 'names a bucket that is not there; create it first',
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: credentials,
  ExpiredToken: credentials,
  InvalidToken: credentials,
  CredentialsProviderError: 'needs credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  AccessDenied: 'may not be read with these credentials; docs/operate.md names what they must be allowed',
  PermanentRedirect: elsewhere,
  AuthorizationHeaderMalformed: elsewhere,
  ECONNREFUSED: silent,
  ECONNRESET: silent,
  EHOSTUNREACH: silent,
  ENETUNREACH: silent,
  ENOTFOUND: silent,
  EAI_AGAIN: silent,
  TimeoutError: silent
}

function reasonOf(error: unknown): string {
  const name = nameOf(error)
  return reasons[name] ?? `cannot be used: ${name}, ${error instanceof Error ? error.message : error}`
}
