import { expect, test } from 'vitest'
import { rows, update } from '../db/rows.ts'
import { unavailable } from '../platform/errors.ts'
import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { createHttp } from '../platform/http.ts'
import { transact } from '../platform/transact.ts'
import { sendProblem, v1Surface } from '../platform/v1.ts'
import { type Api, startApp } from '../testing.ts'
import { addFiles, withStored } from './actions.ts'
import { removeFileLater } from './removal.ts'
import { sweepLeftovers } from './sweep.ts'

const app = await startApp({ MAX_UPLOAD_MB: '1' })

async function attach(api: Api, ...attachments: File[]) {
  const { status, body } = await api.post('/api/v1/ticket/create', { subject: 'A', message: 'B', 'attachments[]': attachments })
  if (status !== 200) return { status, attachments: [] }
  const details = await api.get(`/api/v1/ticket/details/${body.data.ticketid}`)
  return {
    status,
    attachments: details.body.data.attachments as { id: string; url: string; file_name: string; filetype: string }[]
  }
}

/** The link as a browser would follow it, on this test's server. */
const follow = (url: string) => fetch(url.replace(app.config.baseUrl, app.url))
const storedFiles = (): Promise<string[]> => app.files.names()

test('a file comes back by its link byte for byte, as an attachment that no browser runs', async () => {
  const { api } = await app.organization()
  const bytes = Buffer.from('<script>alert(1)</script>'.repeat(2000))
  const { attachments } = await attach(api, new File([bytes], 'páge “one”.html', { type: 'text/html' }))
  const url = attachments[0]!.url
  expect(url.startsWith('http://crm.example.com/files/')).toBe(true)
  const response = await follow(url)
  expect(response.status).toBe(200)
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="p_ge _one_.html"; filename*=UTF-8''p%C3%A1ge%20%E2%80%9Cone%E2%80%9D.html`
  )
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
})

test('HEAD tells a file’s headers without opening it', async () => {
  const { api } = await app.organization()
  const { attachments } = await attach(api, new File([Buffer.alloc(700_000)], 'a.bin'))
  const url = attachments[0]!.url
  const head = () => fetch(url.replace(app.config.baseUrl, app.url), { method: 'HEAD' })
  const [whole, told] = [await follow(url), await head()]
  await whole.arrayBuffer()
  for (const name of ['content-length', 'content-type', 'content-disposition', 'content-security-policy'])
    expect([name, told.headers.get(name)]).toEqual([name, whole.headers.get(name)])
  expect([told.status, told.headers.get('content-length'), await told.text()]).toEqual([200, '700000', ''])
  expect((await fetch(`${app.url}${new URL(url).pathname}`, { method: 'HEAD' })).status).toBe(404)
  for (const key of await app.files.names()) await app.app.house.storage.remove(key)
  expect([(await head()).status, (await follow(url)).status]).toEqual([200, 404])
})

test('a link whose any part is changed, or that has expired, finds nothing', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  const { attachments } = await attach(own.api, new File(['x'], 'a.txt'))
  await attach(other.api, new File(['secret'], 'b.txt'))
  const url = new URL(attachments[0]!.url)
  const [, , organization, file] = url.pathname.split('/')
  const ask = (path: string, change: Record<string, string> = {}) => {
    const query = new URLSearchParams({ ...Object.fromEntries(url.searchParams), ...change })
    return follow(`${app.url}${path}?${query}`)
  }
  const path = `/files/${organization}/${file}`
  expect((await ask(path)).status).toBe(200)
  const tampered = [
    ask(`/files/${organization}/${Number(file) + 1}`),
    ask(`/files/${other.id}/${file}`),
    ask(`/files/${other.id}/${Number(file) + 1}`),
    ask(path, { expires: String(Number(url.searchParams.get('expires')) + 3600) }),
    ask(path, { expires: '1' }),
    ask(path, { expires: 'x' }),
    ask(path, { signature: '' }),
    ask(path, { signature: [...(url.searchParams.get('signature') ?? '')].reverse().join('') }),
    ask(path, { signature: `${url.searchParams.get('signature')}x` }),
    ask('/files/0/0'),
    ask(`/files/${organization}/..%2f..%2fliveforce.db`),
    follow(`${app.url}${path}`)
  ]
  for (const response of await Promise.all(tampered)) expect([response.status, response.url]).toEqual([404, response.url])
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\win.ini', 'win.ini'],
  ['/', 'file'],
  ['.bashrc', 'bashrc'],
  ['日本語の文書.txt', '日本語の文書.txt'],
  ['مستند.txt', 'مستند.txt'],
  [`${'é'.repeat(300)}.txt`, `${'é'.repeat(251)}.txt`]
])('the client’s name %s is only a label: %s', async (name, label) => {
  const { api } = await app.organization()
  const { attachments } = await attach(api, new File(['x'], name))
  expect(attachments[0]?.file_name).toBe(label)
  expect((await storedFiles()).every(stored => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(stored))).toBe(true)
})

test('a file over the limit is 413 and leaves nothing, one at the limit is taken', async () => {
  const { api } = await app.organization()
  const before = (await storedFiles()).length
  expect((await attach(api, new File([Buffer.alloc(1024 * 1024 + 1)], 'a.bin'))).status).toBe(413)
  expect((await attach(api, new File(['x'], 'a.txt'), new File([Buffer.alloc(1024 * 1024 + 1)], 'b.bin'))).status).toBe(413)
  expect((await storedFiles()).length).toBe(before)
  expect((await attach(api, new File([Buffer.alloc(1024 * 1024)], 'a.bin'))).status).toBe(200)
})

test('a file’s type is what its content is, not what its name or sender says', async () => {
  const { api } = await app.organization()
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64'
  )
  const { attachments } = await attach(
    api,
    new File([png], 'a.txt', { type: 'text/html' }),
    new File(['a,b'], 'b.csv', { type: 'image/png' })
  )
  expect(attachments.map(({ file_name, filetype }) => [file_name, filetype]).sort()).toEqual([
    ['a.txt', 'image/png'],
    ['b.csv', 'text/csv']
  ])
})

test.each([
  ['before its row is saved', 'goes'],
  ['after its row is saved', 'stays']
])('the file of a request that fails %s %s', async (when, fate) => {
  const { ctx } = await app.organization()
  const http = createHttp(app.config, sendProblem).addHook('onRequest', async request => {
    request.ctx = ctx
  })
  v1Surface(
    http,
    { maxFileBytes: 100 },
    []
  )({
    ...{ method: 'POST', path: '/', title: 'Fails', permission: 'tickets:write', answer: { media: 'text/plain' } },
    body: form({ file: field.file() }),
    handle: ({ ctx, body }) => {
      const lost = () => Promise.reject(unavailable('The answer of the database is lost'))
      const save = () => transact(ctx, ctx => addFiles(ctx, [body.file!], {})).then(lost)
      return withStored(ctx, [body.file!], fate === 'stays' ? save : lost)
    }
  })
  const before = await storedFiles()
  const payload = new FormData()
  payload.append('file', new File(['x'], 'a.txt'))
  expect((await http.inject({ method: 'POST', url: '/', payload: payload as never })).statusCode, when).toBe(503)
  expect(await storedFiles()).toHaveLength(before.length + (fate === 'stays' ? 1 : 0))
})

test('what a crash left without a row is removed once it is a day old, and nothing else is', async () => {
  const { api } = await app.organization()
  const { attachments } = await attach(api, new File(['kept'], 'a.txt'))
  const days = (count: number): Date => new Date(Date.now() - count * 86_400_000)
  const kept = await storedFiles()
  for (const name of kept) await app.files.age(name, days(3))
  const [old, young] = [`ab/${'ab'.repeat(32)}`, `ab/ab${'cd'.repeat(31)}`]
  await app.files.plant(old, days(2))
  await app.files.plant(young, days(0.5))
  await app.files.plantUnfinished(days(2))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  expect(await storedFiles()).toEqual([...kept, young].sort())
  expect(await (await follow(attachments[0]!.url)).text()).toBe('kept')
})

test('a file whose row went is kept for a day, however old it is, for who makes a backup', async () => {
  const { ctx } = await app.organization()
  const [awaited, failed] = [`ab/${'ab'.repeat(32)}`, `ab/ab${'cd'.repeat(31)}`]
  for (const key of [awaited, failed]) await app.files.plant(key, new Date(0))
  await transact(ctx, async ctx => {
    for (const key of [awaited, failed]) removeFileLater(ctx, key)
  })
  const [, last] = await rows(ctx, 'jobs').select('id').orderBy('id').execute()
  await transact(ctx, async ctx => void (await update(ctx, 'jobs').set({ state: 'dead' }).where('id', '=', last!.id).execute()))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  expect(await storedFiles()).toContain(awaited)
  expect(await storedFiles()).not.toContain(failed)
})

test('files that belong to another database are left alone', async () => {
  const other = await startApp()
  await other.organization()
  await attach((await app.organization()).api, new File(['kept'], 'a.txt'))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  const before = await storedFiles()
  for (const name of before) await app.files.age(name, new Date(0))
  await sweepLeftovers({ ...other.app.house, storage: app.app.house.storage }, new AbortController().signal)
  expect(await storedFiles()).toEqual(before)
})
