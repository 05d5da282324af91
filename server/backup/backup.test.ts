import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seedDemo } from '../seed/demo.ts'
import { type Api, makeDeal, makeLead, query, startApp, type TestApp } from '../testing.ts'
import { answersOf } from './answers.testing.ts'
import { allRows, at, filesOf, kindOfProject, newFolder, newPlace } from './backup.testing.ts'
import { backup } from './backup.ts'
import { restore } from './restore.ts'
import { silently } from './steps.ts'
import { verify } from './verify.ts'

// One firm's data, in the database of the project: it goes into an archive, from there into databases of both kinds, and on.

const folder = await newFolder()
const options = { files: true, steps: silently }
const source = await startApp()
const kind = kindOfProject
const [firm, other] = [await source.organization({ timeZone: 'Europe/Berlin', currency: 'EUR' }), await source.organization()]
await seedDemo(firm.ctx, { leads: 150, tickets: 60, deals: 40, calls: 60 })
await makeLead(firm, { name: 'Zoë Ünlü', tags: ['vip "west"', '東京', '%_'], phone: '+49 30 1234', email: 'zoe@example.com' })
await makeLead(other, { name: 'Zoë Other' })
const party = await makeLead(firm, { name: 'Party' })
await makeDeal(firm, { title: 'Printer order', rel_type: 'lead', rel_id: party.id })
const attachment = Buffer.from('kept byte for byte \u0000\u0001'.repeat(50_000))
const ticket = (subject: string, ...files: File[]) =>
  firm.api.post('/api/v1/ticket/create', { subject, message: 'Line\nbreak, tab\tand \\ sign', 'attachments[]': files })
const older = (await ticket('Older', new File([attachment], 'a.bin'), new File([], 'empty.txt'))).body.data
const newer = (await ticket('Newer')).body.data
const ids = await query<{ id: number; number: number }>(
  source,
  'select id, number from tickets where organization_id = ?',
  firm.id
)
const idOf = (number: string): number => ids.find(ticket => String(ticket.number) === number)!.id
// A row that names a later one of its own table.
await firm.api.json('PUT', `/api/v2/tickets/${idOf(older.ticketid)}/merger`, { into_id: idOf(newer.ticketid) })
const gone = await query<{ last: number }>(source, 'select max(id) as last from services')
await query(source, 'delete from services where id = ?', gone[0]!.last)

const wanted = {
  rows: await allRows(source.app.house.store),
  answers: await answersOf(firm.api.get),
  others: await answersOf(other.api.get),
  files: await filesOf(source.app.house)
}
const linked = (await firm.api.get(`/api/v1/ticket/details/${newer.ticketid}`)).body.data.attachments.map(
  ({ url }: { url: string }) => url
) as string[]

const archive = join(folder, 'first.tar.zst')
await backup(source.app.house, archive, options)
const inSqlite = await newPlace('sqlite')
await at(inSqlite, house => restore(house, archive, silently))
const moved = [await startApp(inSqlite.env)]
if (kind === 'postgres') {
  const back = join(folder, 'second.tar.zst')
  await backup(moved[0]!.app.house, back, options)
  for (const from of [archive, back]) {
    const place = await newPlace('postgres')
    await at(place, house => restore(house, from, silently))
    moved.push(await startApp(place.env))
  }
}
const names = kind === 'postgres' ? ['SQLite', 'PostgreSQL', 'SQLite and PostgreSQL'] : ['SQLite']
const ways = moved.map((to, nth) => [`${kind} to ${names[nth]}`, to] as const)
const sameApi = (to: TestApp, { credentials }: Api): Api => to.api(credentials)

test.each(ways)('from %s every row, answer, search result and file comes along', async (_way, to) => {
  expect(await allRows(to.app.house.store)).toEqual(wanted.rows)
  expect(await filesOf(to.app.house)).toEqual(wanted.files)
  expect(await answersOf(sameApi(to, firm.api).get)).toEqual(wanted.answers)
  expect(await answersOf(sameApi(to, other.api).get)).toEqual(wanted.others)
  expect(wanted.answers['leads/list?with_total=1&limit=100&search=%E6%9D%B1%E4%BA%AC']).toContain('Zoë Ünlü')
  for (const url of linked) {
    const response = await fetch(url.replace(to.config.baseUrl, to.url))
    expect(response.status).toBe(200)
    expect([0, attachment.length]).toContain((await response.arrayBuffer()).byteLength)
  }
  expect(linked).toHaveLength(2)
})

test.each(ways)('from %s references are checked again and ids go on after the highest that was ever given', async (_way, to) => {
  const api = sameApi(to, firm.api)
  const { ticketid } = (await api.post('/api/v1/ticket/create', { subject: 'Next', message: 'One' })).body.data
  expect(Number(ticketid)).toBe(Number(newer.ticketid) + 1)
  const dealId = wanted.rows.deals?.[0]?.[0]
  const service = { deal_id: Number(dealId), item_name: 'A', unit_cost: '1', quantity: '1' }
  const answer = await api.post('/api/v1/deals/services/create', service)
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  const [last] = await query<{ last: number }>(to, 'select max(id) as last from services')
  expect(last!.last).toBe(gone[0]!.last + 1)
  const schema =
    "select indexdef as definition from pg_indexes where schemaname = 'public' union all select conname || pg_get_constraintdef(oid) from pg_constraint order by 1"
  if (to.app.house.store.dialect === 'postgres') expect(await query(to, schema)).toEqual(await query(source, schema))
  const orphan = 'insert into notes (organization_id, lead_id, description, created_at) values (?, 999999, ?, 0)'
  await expect(query(to, orphan, firm.id, 'x')).rejects.toThrow(/foreign key/i)
})

test('an archive holds every table of the schema but the full-text indexes, the list of migrations and what processes share', async () => {
  const { manifest } = await verify(archive, silently)
  const all =
    kind === 'sqlite'
      ? "select name from sqlite_master where type = 'table' and name not like 'sqlite~_%' escape '~' order by name"
      : "select tablename as name from pg_tables where schemaname = 'public' order by tablename"
  const own = (await query<{ name: string }>(source, all)).map(({ name }) => name)
  const left = own.filter(
    name =>
      !/^(lead|deal|ticket|call)_search(_(config|data|docsize|idx|content))?$|^(migrations|leases|rate_credits|address_credits)$/.test(
        name
      )
  )
  expect(manifest.tables.map(({ name }) => name)).toEqual(left.sort())
})

test('an archive is for its owner’s eyes, and nothing but it is left', async () => {
  expect((await stat(archive)).mode & 0o777).toBe(0o600)
  expect((await readdir(folder)).filter(name => name.endsWith('.partial'))).toEqual([])
  await expect(backup(source.app.house, join(folder, 'none', 'a.tar.zst'), options)).rejects.toThrow(
    /none.a\.tar\.zst cannot be written/
  )
})

test('a backup while others write has every ticket that was acknowledged before it, each with its events, without a gap', async () => {
  const busy = await startApp()
  const org = await busy.organization()
  const done: string[] = []
  let writing = true
  const write = async (): Promise<void> => {
    while (writing) {
      const file = new File([`of ${done.length}`], 'a.txt')
      const { body } = await org.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B', 'attachments[]': file })
      done.push(body.data.ticketid)
    }
  }
  const writers = [write(), write(), write(), write()]
  await expect.poll(() => done.length, { timeout: 30_000 }).toBeGreaterThan(40)
  const before = [...done]
  const path = join(folder, 'busy.tar.zst')
  const { missing } = await backup(busy.app.house, path, options)
  await expect.poll(() => done.length, { timeout: 30_000 }).toBeGreaterThan(before.length)
  writing = false
  await Promise.all(writers)
  const place = await newPlace()
  await at(place, async house => {
    await restore(house, path, silently)
    const ask = <Row>(sql: string): Promise<Row[]> => house.store.reader.all<Row>(sql, [])
    const numbers = (await ask<{ number: number }>('select number from tickets order by number')).map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_number, at) => at + 1))
    expect(numbers).toEqual(expect.arrayContaining(before.map(Number)))
    const opened = await ask<{ id: number }>("select record_id as id from events where type = 'ticket.opened' order by record_id")
    expect(opened).toEqual(await ask('select id from tickets order by id'))
    const positions = await ask<{ position: number }>('select position from events order by position')
    expect(positions.map(({ position }) => position)).toEqual(positions.map((_row, at) => at + 1))
    expect((await ask<{ key: string }>('select key from files')).length).toBe(numbers.length)
    expect(missing).toBe(0)
  })
})

test('a file that is lost is counted, and all else is backed up and restored', async () => {
  const small = await startApp()
  const { api } = await small.organization()
  await api.post('/api/v1/ticket/create', {
    subject: 'A',
    message: 'B',
    'attachments[]': [new File(['x'], 'a'), new File(['y'], 'b')]
  })
  const [key] = await small.files.names()
  await small.app.house.storage.remove(key!)
  const path = join(folder, 'lost.tar.zst')
  expect((await backup(small.app.house, path, options)).missing).toBe(1)
  const place = await newPlace()
  await at(place, house => restore(house, path, silently))
  expect((await verify(path, silently)).checksums.missing).toBe(1)
})

test('without files an archive has the rows alone, and a restore leaves the file store as it is', async () => {
  const path = join(folder, 'rows.tar.zst')
  const { manifest } = await backup(source.app.house, path, { ...options, files: false })
  expect(manifest.files).toBe(null)
  const place = await newPlace()
  await at(place, async house => {
    const key = `ab/${'ab'.repeat(32)}`
    await house.storage.put(
      key,
      (async function* () {
        yield Buffer.from('there')
      })()
    )
    await restore(house, path, silently)
    expect(await house.storage.open(key)).toMatchObject({ size: 5 })
    expect(Object.keys(await allRows(house.store))).toEqual(Object.keys(wanted.rows))
  })
})

test('a database or a file store that is not empty is refused and stays as it is', async () => {
  const before = await allRows(moved[0]!.app.house.store)
  await at(inSqlite, house => expect(restore(house, archive, silently)).rejects.toThrow(/organizations already/))
  expect(await allRows(moved[0]!.app.house.store)).toEqual(before)
  const place = await newPlace()
  await at(place, async house => {
    const key = `ab/${'ab'.repeat(32)}`
    await house.storage.put(
      key,
      (async function* () {
        yield Buffer.from('there')
      })()
    )
    await expect(restore(house, archive, silently)).rejects.toThrow(/file store has files/)
    expect(await house.storage.open(key)).toMatchObject({ size: 5 })
  })
})
