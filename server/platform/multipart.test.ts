import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Problem } from './errors.ts'
import { busboyFields, chunked, field, filePart, form, generateBody, generator, part, same } from './multipart.testing.ts'
import { parseFields, type RawForm, readMultipart } from './multipart.ts'
import { openDisk } from './storage/disk.ts'
import { newFiles, type TestFiles } from './storage.testing.ts'
import type { Storage } from './storage.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const BODIES = 100_000

describe('parseFields', () => {
  test(`agrees with busboy on ${BODIES} generated bodies (SEED=${seed})`, { timeout: 120_000 }, async () => {
    const random = generator(seed)
    let accepted = 0
    for (let done = 0; done < BODIES; done += 500) {
      const bodies = Array.from({ length: 500 }, () => generateBody(random))
      const checks = bodies.map(async ({ body, boundary }, n) => {
        const fields = parseFields(body, boundary)
        if (!fields) return
        accepted++
        const theirs = await busboyFields(body, boundary, n % 8 === 0 ? random.below(body.length) : body.length)
        if (!same(fields, theirs)) throw new Error(`SEED=${seed}: ${JSON.stringify({ boundary, body: body.toString('latin1') })}`)
      })
      await Promise.all(checks)
    }
    expect(accepted / BODIES, `SEED=${seed}`).toBeGreaterThan(0.3)
    expect(accepted / BODIES, `SEED=${seed}`).toBeLessThan(0.9)
  })

  test('reads fields in their order, names repeated, values as bytes', () => {
    const body = form([
      field('a', '1'),
      field('__proto__', ''),
      field('a', 'über\r\n--'),
      field('m', 'x', 'Content-Type: text/plain')
    ])
    const fields = parseFields(body, 'b')?.map(([name, value]) => [name, value.toString()])
    expect(fields).toEqual([
      ['a', '1'],
      ['__proto__', ''],
      ['a', 'über\r\n--'],
      ['m', 'x']
    ])
  })

  test.each([
    ['a file', form([part('form-data; name="f"; filename="a.txt"', 'x')])],
    ['a charset', form([field('a', 'x', 'Content-Type: text/plain; charset=latin1')])],
    ['an escape', form([part('form-data; name="a\\"b"', 'x')])],
    ['a name beyond ASCII', form([part('form-data; name="é"', 'x')])],
    ['another header', form([field('a', 'x', 'X-Other: 1')])],
    ['a preamble', Buffer.concat([Buffer.from('hello\r\n'), form([field('a', 'x')])])],
    ['an epilogue', Buffer.concat([form([field('a', 'x')]), Buffer.from('bye')])],
    ['a missing end', form([field('a', 'x')]).subarray(0, -6)],
    ['a value without its line end', Buffer.from('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n--b--\r\n')],
    ['a value that begins like a boundary', form([field('a', '--b\r\nx')])],
    ['more parts than a form takes', form(Array.from({ length: 201 }, () => field('a', 'x')))]
  ])('leaves %s to the library', (_what, body) => {
    expect(parseFields(body, 'b')).toBeUndefined()
  })
})

describe('readMultipart', () => {
  let folder: string
  let storage: Storage
  let stored: TestFiles

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'liveforce-multipart-'))
    storage = await openDisk(folder)
    stored = newFiles(folder)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const rules = () => ({ fileFields: new Map([['file', { maxCount: 2 }]]), storage, maxFileBytes: 100_000 })
  const read = (stream: Readable, length?: number): Promise<RawForm> =>
    readMultipart('multipart/form-data; boundary=b', length, stream, rules())

  const refused = async (stream: Readable, status: number, message: RegExp, length?: number) => {
    const problem = await read(stream, length).then(
      () => undefined,
      error => error
    )
    expect(problem).toBeInstanceOf(Problem)
    expect([problem.status, problem.message]).toEqual([status, expect.stringMatching(message)])
    expect(await stored.names()).toEqual([])
    return problem as Problem
  }

  test('gives the same fields from a small body, a long one and one of unknown length', async () => {
    const body = form([field('subject', 'Grüße'), field('__proto__', 'x'), field('a', ''), field('a', '2')])
    const fields = [
      ['subject', 'Grüße'],
      ['__proto__', 'x'],
      ['a', ''],
      ['a', '2']
    ]
    expect(await read(chunked(body, 7), body.length)).toEqual({ fields, files: [] })
    expect(await read(chunked(body, 7))).toEqual({ fields, files: [] })
    expect(await read(chunked(body, 1))).toEqual({ fields, files: [] })
    const long = form([field('subject', 'ü'.repeat(100_000)), field('b', '')])
    expect((await read(chunked(long, 1000), long.length)).fields).toEqual([
      ['subject', 'ü'.repeat(100_000)],
      ['b', '']
    ])
  })

  test('takes quoted boundaries and further parameters', async () => {
    const body = form([field('a', '1')], "x'=?:y z")
    const type = 'Multipart/Form-Data; charset=utf-8; Boundary="x\'=?:y z"'
    expect((await readMultipart(type, body.length, chunked(body), rules())).fields).toEqual([['a', '1']])
    expect((await readMultipart(type, undefined, chunked(body), rules())).fields).toEqual([['a', '1']])
  })

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="a',
    'x; boundary=a"b\u0000',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
    'multipart/form-data; boundary="a "'
  ])('refuses the type %s', async type => {
    const error = await readMultipart(type, 3, chunked(Buffer.from('abc')), rules()).catch(error => error)
    expect([error.status, error.message]).toEqual([400, expect.stringMatching(/boundary/)])
  })

  test('stores files, in order with the fields', async () => {
    const files = [filePart('file[]', 'a.txt', 'one'), filePart('file[1]', '../../b.csv', 'x,y'.repeat(20_000))]
    const body = form([field('a', '1'), files[0]!, field('b', '2'), files[1]!, field('c', '3')])
    for (const length of [body.length, undefined]) {
      const { fields, files } = await read(chunked(body, 5000), length)
      expect(fields).toEqual([
        ['a', '1'],
        ['b', '2'],
        ['c', '3']
      ])
      expect(files.map(({ field, name, type, size }) => [field, name, type, size])).toEqual([
        ['file', 'a.txt', 'text/plain', 3],
        ['file', 'b.csv', 'text/csv', 60_000]
      ])
      expect(await text((await storage.open(files[0]!.key))!.stream)).toBe('one')
    }
  })

  test('takes an empty file input for absent, an empty file for a file, and a file in a field of text for ignored', async () => {
    const empty = filePart('file', '', '')
    const body = form([
      empty,
      empty,
      empty,
      filePart('other', '', ''),
      filePart('other', 'x.exe', 'MZ'),
      filePart('file', 'e.txt', '')
    ])
    const { fields, files } = await read(chunked(body))
    expect(fields).toEqual([['other', '']])
    expect(files.map(({ name, size }) => [name, size])).toEqual([['e.txt', 0]])
    expect(await stored.names()).toHaveLength(1)
  })

  test('names every field that is not valid UTF-8, and keeps no file of that form', async () => {
    const broken = part('form-data; name="a"', Buffer.from([0x61, 0xc3, 0x28]))
    const more = part('form-data; name="__proto__"', Buffer.from([0xed, 0xa0, 0x80]))
    const small = form([broken, more])
    const problem = await refused(chunked(small), 422, /fields cannot/, small.length)
    expect(Object.entries(problem.fields!)).toEqual([
      ['a', 'is not valid UTF-8'],
      ['__proto__', 'is not valid UTF-8']
    ])
    await refused(chunked(form([filePart('file', 'a.txt', 'x'), broken])), 422, /a is not valid UTF-8/)
  })

  test.each([
    ['10,000 parts', () => form(Array.from({ length: 10_000 }, () => field('a', 'x'))), 413, /at most 200 parts/],
    ['10,000 files', () => form(Array.from({ length: 10_000 }, () => filePart('file', 'a', 'x'))), 413, /at most/],
    ['a third file', () => form(['a', 'b', 'c'].map(n => filePart('file', n, 'x'))), 413, /at most 2 files/],
    ['a third file without a name', () => form(['a', 'b', ''].map(n => filePart('file', n, 'x'))), 413, /at most 2 files/],
    [
      'a file too large',
      () => form([filePart('file', 'a', 'x'), filePart('file', 'b', 'x'.repeat(100_001))]),
      413,
      /100000 bytes/
    ],
    ['a program', () => form([filePart('file', 'a', 'x'), filePart('file', 'b.txt', 'MZ\0')]), 422, /program/],
    ['a field too large', () => form([filePart('file', 'a', 'x'), field('b', 'x'.repeat(2 ** 21 + 1))]), 413, /"b" is larger/],
    ['fields too large', () => form(Array.from({ length: 5 }, () => field('b', 'x'.repeat(2 ** 21)))), 413, /together/],
    ['an ignored file too large', () => form([filePart('other', 'o', Buffer.alloc(20_000_000))]), 413, /larger than its fields/],
    ['a part without a name', () => form([filePart('file', 'a', 'x'), part('form-data', 'x')]), 400, /no name/],
    ['a name too long', () => form([field('n'.repeat(5000), 'x')]), 400, /longer than 255/],
    [
      'a part header too large',
      () => form([field('a', '1'), part(`form-data; name="${'n'.repeat(2_000_000)}"`, 'x')]),
      400,
      /name/
    ],
    ['an encoding', () => form([field('a', 'eA==', 'Content-Transfer-Encoding: base64')]), 400, /Content-Transfer-Encoding/],
    ['an empty body', () => Buffer.alloc(0), 400, /ends before its closing boundary/],
    ['no boundary in it', () => Buffer.from('hello'), 400, /ends before its closing boundary/]
  ])('refuses %s and leaves nothing behind', async (_what, make, status, message) => {
    const body = make()
    const stream = chunked(body, 65_536)
    await refused(stream, status, message)
    if (body.length <= 65_536) await refused(chunked(body), status, message, body.length)
    await ended(stream)
  })

  test('refuses a body cut off anywhere, in fields or in files', async () => {
    const body = form([field('a', '1'), filePart('file', 'a.txt', 'hello'), field('b', '2')])
    for (let length = 0; length < body.length - 4; length++) {
      await refused(chunked(body.subarray(0, length)), 400, /ends before/, length % 2 ? length : undefined)
    }
  })

  test('a client that hangs up leaves nothing behind, and nobody waiting', async () => {
    const body = form([filePart('file', 'a', 'x'), filePart('file', 'b', 'y'.repeat(90_000)), field('c', '3')])
    for (const [length, error] of [
      [1000, undefined],
      [undefined, undefined],
      [undefined, new Error('aborted')]
    ] as const) {
      const stream = new Readable({ read: () => undefined })
      stream.push(body.subarray(0, 50_000))
      setTimeout(() => stream.destroy(error), 20)
      await refused(stream, 400, /ended before/, length)
    }
    await refused(new Readable().destroy(), 400, /ended before/)
  })

  test('a refusal comes while the client is still sending, and what it sends on is read, within a limit', async () => {
    let sent = 0
    const start = form([filePart('file', 'a', 'x'), filePart('file', 'b.exe', 'x')]).subarray(0, -7)
    const stream = new Readable({
      read() {
        setTimeout(() => this.push(sent++ ? Buffer.alloc(2 ** 20) : start))
      }
    })
    await refused(stream, 422, /program/)
    expect(stream.destroyed).toBe(false)
    await ended(stream)
    expect(sent).toBeGreaterThan(60)
    expect(sent).toBeLessThan(200)
  })
})

const ended = async (stream: Readable) => {
  while (!stream.destroyed) await wait(5)
}
