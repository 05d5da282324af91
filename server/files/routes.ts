import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { House } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { isGoodLink } from '../platform/links.ts'
import { fileForLink } from './queries.ts'

const number = (text: string | undefined): number => (text && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : -1)

const missing = (): Error => notFound('file, or its link has expired')

/**
 * `GET /files/:organization/:file`: whoever holds a signed link that has not expired gets the file, as an attachment only. It passes
 * through this server from a bucket too: a link of the bucket's own could carry neither `nosniff` nor the sandbox.
 */
export function fileRoutes(http: FastifyInstance, house: House): void {
  http.get('/files/:organization/:file', { config: { public: true } }, async (request, reply) => {
    const { organization, file } = request.params as Record<string, string>
    const { expires, signature } = request.query as Record<string, string | undefined>
    const [organizationId, fileId] = [number(organization), number(file)]
    const row = await fileForLink(house.store, organizationId, fileId)
    const owner = { id: organizationId, linkSecret: row?.link_secret ?? '' }
    const good = isGoodLink(owner, fileId, number(expires), typeof signature === 'string' ? signature : '')
    if (!row || !good) throw missing()
    // Who asks for the headers alone is told what the row says of the file.
    const stored = request.method === 'HEAD' ? { stream: Readable.from([]), size: row.size } : await house.storage.open(row.key)
    if (!stored) throw missing()
    return reply
      .headers({
        'content-type': row.type,
        'content-length': stored.size,
        'content-disposition': attachment(row.name),
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, no-store',
        'cross-origin-resource-policy': 'same-origin'
      })
      .send(stored.stream)
  })
}

/** RFC 6266: an ASCII name for old clients, the true one beside it. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
