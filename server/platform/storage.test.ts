import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { openStorage } from '../house.ts'
import { newFiles, type TestFiles } from './storage.testing.ts'
import { discard, labelOf, receive, type Storage, sweep } from './storage.ts'

let folder: string
let storage: Storage
let stored: TestFiles

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liveforce-storage-'))
  stored = newFiles(join(folder, 'files'))
  storage = await openStorage(readConfig({ FILES_URL: stored.url }).files)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const take = (content: string | Buffer | Readable, filename = 'a.txt', declaredType = 'text/plain', maxBytes = 1_000_000) => {
  const stream = content instanceof Readable ? content : Readable.from([Buffer.from(content)])
  return receive(storage, stream, { field: 'file', filename, declaredType }, { maxBytes })
}
const hex = (digits: string, padding = 100) => Buffer.concat([Buffer.from(digits, 'hex'), Buffer.alloc(padding)])

describe('receive', () => {
  test('a file comes back byte for byte, under a random name', async () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n) % 251))
    const upload = await take(
      Readable.from([content.subarray(0, 10), content.subarray(10, 70_000), content.subarray(70_000)]),
      '../x/répört.bin'
    )
    expect(upload).toMatchObject({ field: 'file', name: 'répört.bin', type: 'application/octet-stream', size: 200_000 })
    expect(upload.key).toMatch(/^([0-9a-f]{2})\/\1[0-9a-f]{62}$/)
    expect(await stored.names()).toEqual([upload.key])
    const opened = await storage.open(upload.key)
    expect(opened?.size).toBe(200_000)
    expect((await buffer(opened!.stream)).equals(content)).toBe(true)
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
    expect(await stored.names()).toEqual([])
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
    expect(await stored.names()).toEqual([])
  })

  test('a file of more than one part comes back byte for byte', async () => {
    const [piece, pieces] = [Buffer.from(Array.from({ length: 100_003 }, (_, n) => (n * n) % 251)), 120]
    const { key, size } = await take(Readable.from(Array(pieces).fill(piece)), 'big.bin', '', 20_000_000)
    expect(size).toBe(piece.length * pieces)
    const opened = await storage.open(key)
    expect(opened?.size).toBe(size)
    expect((await buffer(opened!.stream)).equals(Buffer.concat(Array(pieces).fill(piece)))).toBe(true)
  })

  test.each([
    ['the last byte too much', Buffer.alloc(1), 413],
    ['a connection that breaks', new Error('reset'), undefined]
  ])('of a file of more than one part nothing stays after %s', async (_what, end, status) => {
    const source = Readable.from(
      (async function* () {
        for (let sent = 0; sent < 12; sent++) yield Buffer.alloc(1_000_000)
        if (end instanceof Error) throw end
        yield end
      })()
    )
    const error = await take(source, 'big.bin', '', 12_000_000).catch(error => error)
    expect(error).toMatchObject(status ? { status } : { message: 'reset' })
    expect(await stored.names()).toEqual([])
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
    expect(await stored.names()).toEqual([])
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
  test('discard takes files, twice, and no others', async () => {
    const [kept, ...uploads] = [await take('a'), await take('b'), await take('c')]
    await discard(storage, uploads)
    await discard(storage, uploads)
    expect(await stored.names()).toEqual([kept!.key])
    expect(await storage.open(uploads[0]!.key)).toBeUndefined()
  })

  test('a key that is not one reaches no file', async () => {
    await writeFile(join(folder, 'secret'), 'x')
    for (const key of [
      '../secret',
      'ab/../../secret',
      '',
      'incoming',
      `ab/${'a'.repeat(64)}`,
      `${'a'.repeat(64)}`,
      `aa/${'A'.repeat(64)}`
    ]) {
      expect(await storage.open(key)).toBeUndefined()
      await storage.remove(key)
      await expect(storage.put(key, Readable.from([Buffer.from('y')]))).rejects.toThrow(/key/)
    }
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('x')
    expect(await stored.names()).toEqual([])
  })

  test('sweep removes old leftovers and old files without a row, in batches, and nothing else', async () => {
    const old = new Date(Date.now() - 2 * 86_400_000)
    const plant = async (n: number, at: Date) => {
      const folder = (n % 7).toString(16).padStart(2, '0')
      const key = `${folder}/${folder}${n.toString(16).padStart(62, '0')}`
      await stored.plant(key, at)
      return key
    }
    const keys: string[] = []
    for (let n = 0; n < 1200; n++) keys.push(await plant(n, old))
    const fresh = await plant(5000, new Date())
    await stored.plantUnfinished(old)
    await stored.plantUnfinished(new Date())
    await stored.plant('00/notes', old)
    const rows = new Set(keys.filter((_, n) => n % 3 === 0))
    const asked: number[] = []
    const exists = async (batch: string[]) => {
      asked.push(batch.length)
      return new Set(batch.filter(key => rows.has(key)))
    }
    expect(await sweep(storage, new Date(Date.now() - 86_400_000), exists)).toBe(801)
    expect(asked).toEqual([500, 500, 200])
    const left = await stored.names()
    expect(left).toEqual(expect.arrayContaining([...rows, fresh, '00/notes']))
    expect(left).toHaveLength(rows.size + 3)
    expect(await sweep(storage, new Date(0), exists)).toBe(0)
  })

  test('files belong to the database that asked first', async () => {
    expect(await storage.belongsTo('one')).toBe(true)
    expect(await storage.belongsTo('two')).toBe(false)
    expect(await storage.belongsTo('one')).toBe(true)
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
