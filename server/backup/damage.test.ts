import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { makeLead, startApp } from '../testing.ts'
import { allRows, at, bytesOf, filesOf, newFolder, newPlace } from './backup.testing.ts'
import { backup } from './backup.ts'
import { writeContainer } from './pack.ts'
import { restore } from './restore.ts'
import { silently } from './steps.ts'
import { readContainer } from './unpack.ts'
import { verify } from './verify.ts'

// What is wrong with an archive is found, and never gets into a database.

const folder = await newFolder()
const archive = join(folder, 'whole.tar.zst')
const source = await startApp()
const { api } = await source.organization()
await makeLead({ api }, { name: 'Zoë Ünlü', tags: ['vip', 'new'] })
for (const subject of ['One', 'Two']) {
  const form = { subject, message: 'Help', 'attachments[]': new File([`kept for ${subject}`], 'a.txt') }
  await api.post('/api/v1/ticket/create', form)
}
await backup(source.app.house, archive, { files: true, steps: silently })
const rows = await allRows(source.app.house.store)
const place = await newPlace()

const refuses = (path: string, why: RegExp): Promise<void> =>
  at(place, async house => {
    await expect(restore(house, path, silently)).rejects.toThrow(why)
    expect(await filesOf(house)).toEqual({})
    expect(await allRows(house.store)).toEqual({})
  })

test('an archive that is cut off anywhere, or no archive at all, is refused', async () => {
  const bytes = await readFile(archive)
  const cut = join(folder, 'cut.tar.zst')
  for (const length of [0, 1, 15, 1000, Math.floor(bytes.length / 2), bytes.length - 1]) {
    await writeFile(cut, bytes.subarray(0, length))
    await expect(verify(cut, silently)).rejects.toThrow(/no archive of Liveforce, or its end is cut off/)
    await refuses(cut, /cut off/)
  }
  await writeFile(cut, Buffer.concat([bytes, Buffer.from('more')]))
  await expect(verify(cut, silently)).rejects.toThrow(/cut off/)
  await expect(verify(join(folder, 'nowhere'), silently)).rejects.toThrow(/nowhere cannot be read: ENOENT/)
  await expect(verify(folder, silently)).rejects.toThrow(/cannot be read: EISDIR/)
})

test('an archive in which any byte was changed is refused', async () => {
  const bytes = await readFile(archive)
  const path = join(folder, 'changed.tar.zst')
  for (let nth = 1; nth <= 12; nth++) {
    const changed = Buffer.from(bytes)
    const at = Math.floor((bytes.length * nth) / 13)
    changed[at] = changed[at]! ^ 0x10
    await writeFile(path, changed)
    await expect(verify(path, silently), `byte ${at}`).rejects.toThrow(/is damaged|no archive/)
  }
})

type Entry = [name: string, text: string]

/** The archive with other entries, written as whole as the program would. */
async function rewritten(name: string, change: (entries: Entry[]) => Entry[]): Promise<string> {
  const entries: Entry[] = []
  await readContainer(archive, async (name, content) => {
    entries.push([name, (await bytesOf(content)).toString('latin1')])
    return true
  })
  const path = join(folder, name)
  await writeContainer(path, async add => {
    for (const [name, text] of change(entries)) {
      const bytes = Buffer.from(text, 'latin1')
      await add.stream(name, bytes.length, Readable.from([bytes]))
    }
  })
  return path
}

const edited =
  (name: string | RegExp, from: string | RegExp, to: string) =>
  (entries: Entry[]): Entry[] =>
    entries.map(entry => (entry[0].match(name) ? [entry[0], entry[1].replace(from, to)] : entry))
const swapped = (entries: Entry[], one: string, other: string): Entry[] => {
  const [a, b] = [entries.findIndex(([name]) => name.startsWith(one)), entries.findLastIndex(([name]) => name.startsWith(other))]
  return entries.with(a, entries[b]!).with(b, entries[a]!)
}

const faults: [string, RegExp, (entries: Entry[]) => Entry[]][] = [
  ['a changed row', /leads was altered/, edited('tables/leads', 'Zo', 'Xo')],
  ['a changed number', /organizations was altered/, edited('tables/organizations', '[1,', '[3,')],
  ['a changed file', /a file was altered/, edited(/^files/, 'kept', 'lost')],
  ['a changed manifest', /manifest.json was altered/, edited('manifest', /created_at": "2\d/, 'created_at": "30')],
  ['a row less', /has \d+ of \d+ rows of tickets/, edited('tables/tickets', /^.*\n/, '')],
  ['a row of fewer columns', /no rows/, edited('tables/tickets', /,[^,]*\n/, ']\n')],
  ['a line that is no row', /no rows/, edited('tables/tickets', '[', '{')],
  ['a table less', /has 0 of 2 rows of tags/, entries => entries.filter(([name]) => !name.startsWith('tables/tags'))],
  [
    'a file less',
    /has \d+ of \d+ files/,
    entries =>
      entries.toSpliced(
        entries.findIndex(([name]) => name.startsWith('files/')),
        1
      )
  ],
  [
    'tables in another order',
    /tables.staff.000001.jsonl does not belong there|rows of/,
    entries => swapped(entries, 'tables/roles', 'tables/staff/')
  ],
  ['a table after the files', /tables.tags.* does not belong there|rows of/, entries => swapped(entries, 'tables/tags', 'files')],
  ['files in another order', /a file was altered/, entries => swapped(entries, 'files', 'files')],
  ['an entry that nobody knows', /notes.txt does not belong there/, entries => entries.toSpliced(-1, 0, ['notes.txt', 'x'])],
  ['a file with a path for a key', /does not belong there/, entries => entries.toSpliced(-1, 0, ['files/../../x', 'x'])],
  ['something after its end', /comes after its end/, entries => [...entries, ['files/x', 'x']]],
  ['no end', /its end is missing/, entries => entries.slice(0, -1)],
  ['no manifest', /does not begin with a manifest/, entries => entries.slice(1)],
  ['nothing', /no archive/, () => []],
  ['other tables', /has other tables/, edited('manifest', '"skype"', '"telex"')],
  ['a newer format', /has format 2, this program reads 1: use a newer program/, edited('manifest', '"format": 1', '"format": 2')],
  ['a newer schema', /use Liveforce .* or newer/, edited('manifest', /"schema_version": \d+/, '"schema_version": 999')]
]

test.each(faults)(
  'an archive with %s is refused, and leaves the database and the file store empty',
  async (fault, why, change) => {
    await refuses(await rewritten(`${fault}.tar.zst`, change), why)
  }
)

test('what refused damaged archives takes a whole one', async () => {
  const path = await rewritten('rewritten.tar.zst', entries => entries)
  await verify(path, silently)
  await at(place, async house => {
    await restore(house, path, silently)
    expect(await allRows(house.store)).toEqual(rows)
    expect(await filesOf(house)).toEqual(await filesOf(source.app.house))
  })
  expect((await readdir(folder)).filter(name => name.endsWith('.partial'))).toEqual([])
})
