import { expect, test } from 'vitest'
import { makeStaff, startApp } from '../testing.ts'
import { change, named, ownRows, update } from './staff.testing.ts'

const app = await startApp()

test('the list goes by first name, whatever case and accents, then by age, in pages', async () => {
  const org = await app.organization()
  for (const firstname of ['Zoë', 'émile', 'Eve', 'Émile', 'bob', 'Ängla']) await makeStaff(org, { firstname })
  const { body } = await org.api.get('/api/v1/staff/list')
  expect(named(body)).toEqual(['Admin', 'Ängla', 'bob', 'émile', 'Émile', 'Eve', 'Zoë'])
  expect(body.meta).toEqual({ page: 1, limit: 100, has_more: false })
  const page = await org.api.get('/api/v1/staff/list?page=2&limit=3&with_total=1')
  expect(named(page.body)).toEqual(['émile', 'Émile', 'Eve'])
  expect(page.body.meta).toEqual({ page: 2, limit: 3, has_more: true, total: 7 })
  await update(org, page.body.data[0].staffid, { firstname: 'Aaron', status: '1' })
  expect(named((await org.api.get('/api/v1/staff/list')).body)[0]).toBe('Aaron')
})

test('the list is filtered by activity and role, 0 meaning none', async () => {
  const org = await app.organization()
  const [role] = await ownRows(org)
  await makeStaff(org, { firstname: 'Ann', role })
  await makeStaff(org, { firstname: 'Ben', role, status: '0' })
  const found = async (query: string) => named((await org.api.get(`/api/v1/staff/list?${query}`)).body)
  expect(await found('active=1')).toEqual(['Admin', 'Ann'])
  expect(await found('active=0')).toEqual(['Ben'])
  expect(await found(`role=${role}`)).toEqual(['Ann', 'Ben'])
  expect(await found(`role=${role}&active=0&search=sam`)).toEqual(['Ben'])
  expect(await found('role=0')).toEqual(['Admin'])
  expect(await found('role=999999')).toEqual([])
  for (const query of ['active=yes', 'role=x', 'limit=501', 'page=0', 'order=email'])
    expect((await org.api.get(`/api/v1/staff/list?${query}`)).body.error.code).toBe(4001)
})

test('a search finds all its words in names, e-mail and phone, folded, every sign as plain text', async () => {
  const org = await app.organization()
  const person = (firstname: string, lastname: string, email: string, phonenumber = '') =>
    makeStaff(org, { firstname, lastname, email, phonenumber })
  await person('Zoë', "O'Brien", 'zoe_b@example.com', '+49 (0)30 555-0100')
  await person('Max', '100% "Mad" \\ Max', 'max@example.com')
  await person('İpek', 'Straße', 'ipek.zz@example.com')
  const found = async (search: string) =>
    named((await org.api.get(`/api/v1/staff/list?search=${encodeURIComponent(search)}`)).body)
  for (const search of [
    'zoe',
    'ZOË',
    "o'brien",
    'BRIEN zoë',
    'zoe_b',
    '030 5550100',
    '(030) 555-0100',
    '0049 30 5550100',
    '5550'
  ])
    expect([search, await found(search)]).toEqual([search, ['Zoë']])
  for (const search of ['100%', '%', '"mad"', '"', '\\', '100% max'])
    expect([search, await found(search)]).toEqual([search, ['Max']])
  for (const search of ['ipek', 'strasse', 'ipek.z']) expect([search, await found(search)]).toEqual([search, ['İpek']])
  for (const search of ['z%e', 'z_e', '_oe', "' or 1=1 --", 'zoe max', 'zoe*', '["zoe"]', 'ezoe'])
    expect([search, await found(search)]).toEqual([search, []])
  const { staffid } = await person('Ida', 'Old', 'ida@example.com')
  await update(org, staffid, { ...change, firstname: 'Ida', lastname: 'Newname' })
  expect([await found('newname'), await found('old')]).toEqual([['Ida'], []])
})
