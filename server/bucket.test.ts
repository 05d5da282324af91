import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { sweepLeftovers } from './files/sweep.ts'
import { storeInBucket } from './platform/storage.testing.ts'
import { makeDeal, makeLead, snapshot, startApp, type TestOrganization } from './testing.ts'

// What files promise, they promise in a bucket too; and what only a bucket can do to them.

const s3 = await storeInBucket()
describe('any store', async () => void (await import('./platform/storage.test.ts')))
describe('files', async () => void (await import('./files/files.test.ts')))
describe('files of leads', async () => void (await import('./leads/files.test.ts')))
describe('comments of deals', async () => void (await import('./deals/comments.test.ts')))
describe('tickets', async () => void (await import('./tickets/tickets.test.ts')))
describe('backups', async () => void (await import('./backup/backup.test.ts')))

const app = await startApp()
const day = 86_400_000
const file = (bytes: Buffer<ArrayBuffer> | string) => new File([bytes], 'a.txt')
const openTicket = ({ api }: TestOrganization, ...files: File[]) =>
  api.post('/api/v1/ticket/create', { subject: 'A', message: 'B', 'attachments[]': files })
const fetchFirst = async ({ api }: TestOrganization, ticket: string) => {
  const { body } = await api.get(`/api/v1/ticket/details/${ticket}`)
  return fetch(body.data.attachments[0].url.replace(app.config.baseUrl, app.url))
}

test('while the bucket does not answer files are 503 and nothing is half saved, and all else goes on', async () => {
  const org = await app.organization()
  const [lead, deal] = [await makeLead(org), await makeDeal(org)]
  const { ticketid } = (await openTicket(org, file('kept'))).body.data
  const before = [await snapshot(app), ...(await app.files.names())]
  await s3.stop()
  const answers = await Promise.all([
    openTicket(org, file('x'), file('y')),
    openTicket(org, file(Buffer.alloc(12_000_000))),
    org.api.post('/api/v1/leads/files/upload', { lead_id: lead.id, file: file('x') }),
    org.api.post('/api/v1/deals/attachments/create', { deal_id: deal.id, file: file('x') })
  ])
  for (const { status, headers, body } of answers) {
    expect([status, headers.get('retry-after'), body.error]).toEqual([503, '2', { code: 5003, type: 'UNAVAILABLE' }])
    expect(body.message).toBe('The file store cannot be used now (ECONNREFUSED); try again later')
  }
  expect((await fetchFirst(org, ticketid)).status).toBe(503)
  expect([await snapshot(app), ...(await app.files.names())]).toEqual(before)
  expect((await openTicket(org)).status).toBe(200)
  await s3.start()
  expect(await (await fetchFirst(org, ticketid)).text()).toBe('kept')
  expect((await openTicket(org, file('x'))).status).toBe(200)
})

test('an upload in whose middle the bucket goes away is 503, has no row, and its parts are removed once they are a day old', async () => {
  const org = await app.organization()
  const before = [await snapshot(app), await app.files.names()]
  s3.watch = ({ query, req }) => {
    if (query.uploadId && query.partNumber !== '1') req.destroy()
  }
  expect((await openTicket(org, file(Buffer.alloc(12_000_000)))).status).toBe(503)
  s3.watch = () => undefined
  const left = (await app.files.names()).filter(name => name.startsWith('unfinished'))
  expect(left).toHaveLength(1)
  expect(await snapshot(app)).toBe(before[0])
  await sweepLeftovers(app.app.house, new AbortController().signal)
  expect(await app.files.names()).toContain(left[0])
  await app.files.age(left[0]!, new Date(Date.now() - 2 * day))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  expect(await app.files.names()).toEqual(before[1])
})

test('a file over the limit is 413, though the bucket goes away before its parts are removed', async () => {
  s3.watch = ({ method, req }) => {
    if (method === 'DELETE') req.destroy()
  }
  expect((await openTicket(await app.organization(), file(Buffer.alloc(26_500_000)))).status).toBe(413)
  s3.watch = () => undefined
})

test('an upload takes the memory of a few parts, whatever its size: its sender waits for the bucket', async () => {
  const [piece, pieces] = [randomBytes(1_000_000), 100]
  let sent = 0
  const source = Readable.from(
    (function* () {
      for (; sent < pieces; sent++) yield piece
    })()
  )
  let release = (): void => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const arrived = new Promise<void>(resolve => {
    s3.watch = ({ query }) => {
      if (query.partNumber !== '1') return
      resolve()
      return released
    }
  })
  const key = `ab/ab${'0'.repeat(62)}`
  const put = app.app.house.storage.put(key, source)
  await arrived
  expect(sent).toBeLessThan(10)
  release()
  await put
  const stored = await app.app.house.storage.open(key)
  const [own, theirs] = [createHash('sha256'), createHash('sha256')]
  for (let n = 0; n < pieces; n++) own.update(piece)
  for await (const chunk of stored!.stream) theirs.update(chunk)
  expect([stored!.size, theirs.digest('hex')]).toEqual([100_000_000, own.digest('hex')])
  s3.watch = () => undefined
  await app.app.house.storage.remove(key)
})

test('a download that its client leaves takes no more from the bucket', async () => {
  const org = await app.organization()
  const { ticketid } = (await openTicket(org, file(Buffer.alloc(20_000_000)))).body.data
  const left = new Promise<boolean>(resolve => {
    s3.watch = ({ res }) => void res.once('close', () => resolve(res.writableFinished))
  })
  const reader = (await fetchFirst(org, ticketid)).body!.getReader()
  await reader.read()
  await reader.cancel()
  expect(await left).toBe(false)
  s3.watch = () => undefined
})
