import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll } from 'vitest'
import type { TestFiles } from '../storage.testing.ts'

// An S3-speaking server on this machine: s3rver, a Koa application that keeps objects as files.

interface S3rver {
  httpServer: Server
  middleware: ((exchange: Exchange, next: () => Promise<void>) => Promise<void>)[]
  run(): Promise<{ port: number }>
}

/** A request with its answer, as Koa's middleware gets it. */
interface Exchange {
  method: string
  path: string
  query: Record<string, string | undefined>
  req: IncomingMessage
  res: ServerResponse
  status: number
  type: string
  body: string
}

const require = createRequire(import.meta.url)
const BUCKET = 'liveforce'
const OBJECT = '._S3rver_object'
const UPLOADS = join(BUCKET, '._S3rver_uploads')

/** Starts a server with an empty bucket on a free port; it ends with the file's tests. Sets the credentials in the environment. */
export async function startS3(): Promise<S3> {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' })
  const directory = await mkdtemp(join(tmpdir(), 'liveforce-s3-'))
  const s3 = new S3(directory)
  await s3.start()
  afterAll(async () => {
    await s3.stop()
    await rm(directory, { recursive: true, force: true })
  })
  return s3
}

export class S3 {
  readonly #directory: string
  #port = 0
  #server: S3rver | undefined
  /** Sees each request, and may hold it up or cut its connection. */
  watch: (request: Pick<Exchange, 'method' | 'query' | 'req' | 'res'>) => Promise<void> | void = () => undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  async start(): Promise<void> {
    const S3rver = require('@20minutes/s3rver') as new (options: object) => S3rver
    const options = { address: '127.0.0.1', silent: true, directory: this.#directory, configureBuckets: [{ name: BUCKET }] }
    this.#server = new S3rver({ ...options, port: this.#port })
    this.#server.middleware.unshift(async (exchange, next) => {
      await this.watch(exchange)
      if (!exchange.req.destroyed) await next()
    }, supplement(this.#directory))
    this.#port = (await this.#server.run()).port
  }

  /** From now on nobody answers there. */
  async stop(): Promise<void> {
    const server = this.#server?.httpServer
    if (!server?.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  /** FILES_URL of a place in the bucket. */
  url(prefix: string): string {
    return `s3://${BUCKET}/${prefix}?endpoint=http://127.0.0.1:${this.#port}`
  }

  files(prefix: string): TestFiles {
    const folder = join(this.#directory, BUCKET, prefix)
    const unfinished = /^unfinished /
    const age = (name: string, at: Date): Promise<void> => {
      const path = unfinished.test(name)
        ? join(this.#directory, UPLOADS, name.replace(unfinished, ''), 'key')
        : join(folder, name + OBJECT)
      return utimes(path, at, at)
    }
    return {
      url: this.url(prefix),
      names: async () => {
        const objects = await objectsIn(folder)
        const uploads = (await uploadsIn(this.#directory)).filter(({ key }) => key.startsWith(`${prefix}/`))
        return [...objects.filter(name => name !== 'database'), ...uploads.map(({ id }) => `unfinished ${id}`)]
      },
      plant: async (name, at) => {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await writeFile(join(folder, name + OBJECT), 'left')
        await age(name, at)
      },
      plantUnfinished: async at => {
        const upload = join(this.#directory, UPLOADS, randomBytes(16).toString('hex'))
        await mkdir(upload, { recursive: true })
        await writeFile(join(upload, 'key'), `${prefix}/ab/ab${'0'.repeat(62)}`)
        await writeFile(join(upload, '1'), 'left')
        await utimes(join(upload, 'key'), at, at)
      },
      age
    }
  }
}

/** The files of a folder and those below it, by their paths in it; none where there is no folder. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
}

const objectsIn = async (folder: string): Promise<string[]> =>
  (await filesIn(folder)).filter(name => name.endsWith(OBJECT)).map(name => name.slice(0, -OBJECT.length))

interface Unfinished {
  id: string
  key: string
  at: Date
}

async function uploadsIn(directory: string): Promise<Unfinished[]> {
  const ids = await readdir(join(directory, UPLOADS)).catch(() => [])
  return Promise.all(
    ids.map(async id => {
      const path = join(directory, UPLOADS, id, 'key')
      return { id, key: await readFile(path, 'utf8'), at: (await stat(path)).mtime }
    })
  )
}

/** What s3rver lacks of S3: lists of more than a page, which its cipher cannot do, lists of unfinished uploads, and to abort one. */
const supplement =
  (directory: string): S3rver['middleware'][number] =>
  async (exchange, next) => {
    const { method, query } = exchange
    const xml = (text: string): void => {
      exchange.type = 'application/xml'
      exchange.body = text
    }
    if (method === 'DELETE' && query.uploadId) {
      await rm(join(directory, UPLOADS, query.uploadId), { recursive: true })
      exchange.status = 204
    } else if (method === 'GET' && query.uploads !== undefined) {
      const uploads = (await uploadsIn(directory)).filter(({ key }) => key.startsWith(query.prefix ?? ''))
      const items = uploads.map(
        ({ id, key, at }) => `<Upload>${tags({ Key: key, UploadId: id, Initiated: at.toISOString() })}</Upload>`
      )
      xml(`<ListMultipartUploadsResult>${items.join('')}</ListMultipartUploadsResult>`)
    } else if (method === 'GET' && query['list-type']) {
      const after = query['continuation-token'] ?? ''
      const found = (await objectsIn(join(directory, BUCKET))).filter(key => key.startsWith(query.prefix ?? '') && key > after)
      const page = found.slice(0, 1000)
      const items = page.map(async key => {
        const { mtime } = await stat(join(directory, BUCKET, key + OBJECT))
        return `<Contents>${tags({ Key: key, LastModified: mtime.toISOString() })}</Contents>`
      })
      const more = found.length > page.length && tags({ IsTruncated: 'true', NextContinuationToken: page.at(-1) as string })
      xml(`<ListBucketResult>${(await Promise.all(items)).join('')}${more || ''}</ListBucketResult>`)
    } else await next()
  }

const tags = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')
