import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { discard, keep, labelOf, openStorage, openStored, receive, removeStored, type Storage, sweep } from './storage.ts'

let storage: Storage

beforeEach(async () => {
  storage = await openStorage(join(await mkdtemp(join(tmpdir(), 'liveforce-storage-')), 'files'))
})
afterEach(() => rm(join(storage.root, '..'), { recursive: true, force: true }))

const incoming = () => readdir(join(storage.root, 'incoming'))
const take = (content: string | Buffer | Readable, filename = 'a.txt', declaredType = 'text/plain', maxBytes = 1_000_000) => {
  const stream = content instanceof Readable ? content : Readable.from([Buffer.from(content)])
  return receive(storage, stream, { field: 'file', filename, declaredType }, { maxBytes })
}
const hex = (digits: string, padding = 100) => Buffer.concat([Buffer.from(digits, 'hex'), Buffer.alloc(padding)])

describe('receive and keep', () => {
  test('a file comes back byte for byte, under a random name', async () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n) % 251))
    const upload = await take(
      Readable.from([content.subarray(0, 10), content.subarray(10, 70_000), content.subarray(70_000)]),
      '../x/répört.bin'
    )
    expect(upload).toMatchObject({ field: 'file', name: 'répört.bin', type: 'application/octet-stream', size: 200_000 })
    expect(upload.key).toMatch(/^([0-9a-f]{2})\/\1[0-9a-f]{62}$/)
    expect(await openStored(storage, upload.key)).toBeUndefined()
    await keep(storage, upload)
    expect(await incoming()).toEqual([])
    const stored = await openStored(storage, upload.key)
    expect(stored?.size).toBe(200_000)
    expect((await buffer(stored!.stream)).equals(content)).toBe(true)
    expect((await take('x')).key).not.toBe(upload.key)
  })

  test('a file over the limit is refused while it streams, and removed', async () => {
    let sent = 0
    const endless = new Readable({
      read() {
        sent++
        this.push(Buffer.alloc(10_000))
      }
    })
    await expect(take(endless, 'a.bin', '', 100_000)).rejects.toMatchObject({ status: 413 })
    expect(sent).toBeLessThan(30)
    expect(endless.destroyed).toBe(true)
    expect(await incoming()).toEqual([])
    expect(await take('x'.repeat(100), 'a', '', 100)).toMatchObject({ size: 100 })
  })

  test('a stream that breaks leaves nothing behind', async () => {
    const broken = (async function* () {
      yield Buffer.from('hello')
      throw new Error('reset')
    })()
    await expect(take(Readable.from(broken))).rejects.toThrow('reset')
    const silent = new Readable({ read: () => undefined })
    silent.push('hello')
    setTimeout(() => silent.destroy(), 20)
    await expect(take(silent)).rejects.toThrow(/closed|premature/i)
    expect(await incoming()).toEqual([])
  })

  test('a disk that cannot take files is 503, not a crash', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const stream = new Readable({ read: () => stream.destroy(full) })
    await expect(take(stream)).rejects.toMatchObject({ status: 503, message: expect.stringMatching(/ENOSPC/) })
  })
})

describe('types', () => {
  test.each([
    ['a.png', 'image/png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['a.txt', 'image/jpeg', hex('ffd8ffe000104a464946')],
    ['a', 'application/pdf', Buffer.from('%PDF-1.4\n')],
    ['cars.txt', 'text/plain', Buffer.from('BMW and others')],
    ['a.csv', 'text/csv', Buffer.from('x,y')],
    ['a.SVG', 'image/svg+xml', Buffer.from('<svg onload="alert(1)"/>')],
    ['a.unknown', 'text/plain', Buffer.from('grüße')],
    ['cut.txt', 'text/plain', Buffer.from(`x${'é'.repeat(5000)}`)],
    ['a.txt', 'application/octet-stream', Buffer.from([0x61, 0, 0x62])],
    ['a.html', 'application/octet-stream', Buffer.from([0x61, 0xff, 0x62])],
    ['empty', 'text/plain', Buffer.alloc(0)]
  ])('%s is %s by its content, whatever the client says', async (name, type, content) => {
    expect((await take(content, name, 'application/x-declared')).type).toBe(type)
  })

  test('the type is the same when the bytes come one by one', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
    expect((await take(Readable.from(Array.from(png, byte => Buffer.from([byte]))))).type).toBe('image/png')
  })

  test.each([
    ['MZ', hex('4d5a9000')],
    ['ELF', hex('7f454c46')],
    ['Mach-O', hex('cffaedfe')],
    ['universal Mach-O', hex('cafebabe00000002')],
    ['Java class', hex('cafebabe00000034')],
    ['script', Buffer.from('#!/bin/sh\nrm -rf /')]
  ])('%s content is refused whatever its name', async (_what, content) => {
    const error = await take(content, 'photo.jpg').catch(error => error)
    expect([error.status, error.fields.file]).toEqual([422, expect.stringMatching(/"photo.jpg" is a program.*\.zip/)])
    expect(await incoming()).toEqual([])
  })

  test.each([
    'a.exe',
    'a.EXE',
    'a.exe.',
    'a.exe . ',
    'a.exe::$DATA',
    'a.e\0xe',
    'x\u202egpj.exe',
    'dir/.htaccess',
    '..\\a.bat',
    'a.jpg.ps1',
    'a.php',
    'a.php5',
    'a.phtml',
    'a.phar',
    'a.jspx',
    'a.aspx',
    'a.mjs',
    'a.lnk',
    'a.hta',
    `${'a'.repeat(251)}.exe${'b'.repeat(50)}`
  ])('%j is refused by its name', async name => {
    await expect(take('x', name)).rejects.toMatchObject({ status: 422 })
  })

  test.each(['a.exe.txt', 'executable', 'exe', 'Re: hello.txt', 'shell.md', 'photo.jpeg', 'phpinfo.txt', 'a.json'])(
    '%s is taken',
    async name => {
      expect((await take('x', name)).name).toBe(name)
    }
  )
})

describe('what is removed', () => {
  test('discard takes uploads, kept or not, twice', async () => {
    const uploads = [await take('a'), await take('b')]
    await keep(storage, uploads[0]!)
    await discard(storage, uploads)
    await discard(storage, uploads)
    expect(await incoming()).toEqual([])
    expect(await openStored(storage, uploads[0]!.key)).toBeUndefined()
  })

  test('a key that is not one reaches no file', async () => {
    await writeFile(join(storage.root, '..', 'secret'), 'x')
    for (const key of [
      '../secret',
      'ab/../../secret',
      '',
      'incoming',
      `ab/${'a'.repeat(64)}`,
      `${'a'.repeat(64)}`,
      `aa/${'A'.repeat(64)}`
    ]) {
      expect(await openStored(storage, key)).toBeUndefined()
      await removeStored(storage, key)
    }
    expect(await readFile(join(storage.root, '..', 'secret'), 'utf8')).toBe('x')
    const upload = { ...(await take('x')), key: '../secret' }
    await expect(keep(storage, upload)).rejects.toThrow(/key/)
  })

  test('sweep removes old leftovers and old files without a row, in batches, and nothing else', async () => {
    const old = new Date(Date.now() - 2 * 86_400_000)
    const place = async (n: number, at: Date) => {
      const folder = (n % 7).toString(16).padStart(2, '0')
      const key = `${folder}/${folder}${n.toString(16).padStart(62, '0')}`
      await mkdir(join(storage.root, folder), { recursive: true })
      await writeFile(join(storage.root, key), 'x')
      await utimes(join(storage.root, key), at, at)
      return key
    }
    const keys: string[] = []
    for (let n = 0; n < 1200; n++) keys.push(await place(n, old))
    const fresh = await place(5000, new Date())
    const [left, arriving] = [await take('left'), await take('arriving')]
    await utimes(left.path, old, old)
    await writeFile(join(storage.root, '00', 'notes'), 'x')
    await utimes(join(storage.root, '00', 'notes'), old, old)
    const rows = new Set(keys.filter((_, n) => n % 3 === 0))
    const asked: number[] = []
    const exists = async (batch: string[]) => {
      asked.push(batch.length)
      return new Set(batch.filter(key => rows.has(key)))
    }
    expect(await sweep(storage, new Date(Date.now() - 86_400_000), exists)).toBe(801)
    expect(asked).toEqual([500, 500, 200])
    expect(await incoming()).toEqual([arriving.path.slice(-64)])
    const stays = await Promise.all(keys.map(key => openStored(storage, key).then(file => file?.stream.destroy() && key)))
    expect(stays.filter(Boolean)).toEqual([...rows])
    expect(await openStored(storage, fresh).then(file => file?.stream.destroy())).toBeTruthy()
    expect(await readdir(join(storage.root, '00'))).toContain('notes')
    expect(await sweep(storage, new Date(0), exists)).toBe(0)
  })
})

test.each([
  ['report.pdf', 'report.pdf'],
  ['C:\\Users\\me\\report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['..', 'file'],
  ['', 'file'],
  ['a/', 'file'],
  ['. .hidden', 'hidden'],
  ['a\0b\r\n\u0085c\ud800.txt', 'abc.txt'],
  ['x\u202egpj.txt', 'xgpj.txt'],
  ['תמונה ١.jpg', 'תמונה ١.jpg'],
  ['日本語 👩‍💻.png', '日本語 👩‍💻.png'],
  [`${'👍'.repeat(300)}.pdf`, `${'👍'.repeat(251)}.pdf`],
  [`a.${'b'.repeat(300)}`, `a.${'b'.repeat(253)}`]
])('%j is shown as %j', (name, label) => {
  expect(labelOf(name)).toBe(label)
})
