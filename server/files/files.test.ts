import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rows, update } from '../db/rows.ts'
import { transact } from '../platform/transact.ts'
import { type Api, startApp } from '../testing.ts'
import { removeFileLater } from './removal.ts'
import { sweepLeftovers } from './sweep.ts'

const app = await startApp({ MAX_UPLOAD_MB: '1' })
const root = join(app.config.dataDir, 'files')

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
const storedFiles = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && entry.name !== 'database')
    .map(({ name }) => name)

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
  expect((await storedFiles()).every(stored => /^[0-9a-f]{64}$/.test(stored))).toBe(true)
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

test('what a crash left without a row is removed once it is a day old, and nothing else is', async () => {
  const { api } = await app.organization()
  const { attachments } = await attach(api, new File(['kept'], 'a.txt'))
  const days = (count: number): Date => new Date(Date.now() - count * 86_400_000)
  const plant = async (folder: string, name: string, age: Date) => {
    await mkdir(join(root, folder), { recursive: true })
    await writeFile(join(root, folder, name), 'left')
    await utimes(join(root, folder, name), age, age)
  }
  const [old, young] = ['ab'.repeat(32), `ab${'cd'.repeat(31)}`]
  await plant('ab', old, days(2))
  await plant('ab', young, days(0.5))
  await plant('incoming', 'old', days(2))
  for (const name of await storedFiles())
    if (name !== young) await utimes(join(root, name === 'old' ? 'incoming' : name.slice(0, 2), name), days(3), days(3))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  const left = await storedFiles()
  expect(left).not.toContain(old)
  expect(left).not.toContain('old')
  expect(left).toContain(young)
  expect(await (await follow(attachments[0]!.url)).text()).toBe('kept')
  expect(await readFile(join(root, 'ab', young), 'utf8')).toBe('left')
})

test('a file whose row went is kept for a day, however old it is, for who makes a backup', async () => {
  const { ctx } = await app.organization()
  const [awaited, failed] = ['ab'.repeat(32), `ab${'cd'.repeat(31)}`]
  await mkdir(join(root, 'ab'), { recursive: true })
  for (const name of [awaited, failed]) await writeFile(join(root, 'ab', name), 'left')
  await transact(ctx, async ctx => {
    for (const name of [awaited, failed]) removeFileLater(ctx, `ab/${name}`)
  })
  const [, last] = await rows(ctx, 'jobs').select('id').orderBy('id').execute()
  await transact(ctx, async ctx => void (await update(ctx, 'jobs').set({ state: 'dead' }).where('id', '=', last!.id).execute()))
  for (const name of [awaited, failed]) await utimes(join(root, 'ab', name), new Date(0), new Date(0))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  expect(await storedFiles()).toContain(awaited)
  expect(await storedFiles()).not.toContain(failed)
})

test('files that belong to another database are left alone', async () => {
  const other = await startApp()
  await other.organization()
  await attach((await app.organization()).api, new File(['kept'], 'a.txt'))
  await sweepLeftovers(app.app.house, new AbortController().signal)
  for (const name of await storedFiles())
    await utimes(join(root, name.slice(0, 2), name), new Date(0), new Date(0)).catch(() => {})
  const before = await storedFiles()
  await sweepLeftovers({ ...other.app.house, storage: app.app.house.storage }, new AbortController().signal)
  expect(await storedFiles()).toEqual(before)
})
