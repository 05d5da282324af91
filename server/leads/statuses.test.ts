import { expect, test } from 'vitest'
import { makeLead, startApp, type TestOrganization } from '../testing.ts'
import { change, idsOf } from './leads.testing.ts'

const app = await startApp()

const counted = async ({ api }: TestOrganization) => (await api.get('/api/v1/leads/count-by-status')).body.data
const byName = async (org: TestOrganization) =>
  Object.fromEntries((await counted(org)).map((row: Record<string, unknown>) => [row.name, [row.total, row.value]]))
const usd = (amount: string) => ({ amount, currency: 'USD' })

test('a new organization counts nothing in None, the five statuses in their order, and Lost', async () => {
  const org = await app.organization()
  const ids = (await idsOf(org, 'lead_statuses')).map(String)
  const { body, status } = await org.api.get('/api/v1/leads/count-by-status')
  expect([status, Object.keys(body), body.message]).toEqual([200, ['data', 'message'], 'success'])
  expect(Object.keys(body.data[0])).toEqual(['id', 'name', 'color', 'statusorder', 'isdefault', 'total', 'value'])
  expect(body.data.map(Object.values)).toEqual([
    ['0', 'None', '#757575', '0', '0', 0, '0.00'],
    [ids[0], 'New', '#84CC16', '1', '0', 0, '0.00'],
    [ids[1], 'Contacted', '#0EA5E9', '2', '0', 0, '0.00'],
    [ids[2], 'Qualified', '#8B5CF6', '3', '0', 0, '0.00'],
    [ids[3], 'Unqualified', '#94A3B8', '4', '0', 0, '0.00'],
    [ids[4], 'Customer', '#7cb342', '5', '1', 0, '0.00'],
    ['lost', 'Lost', '#fc2d42', '6', '0', 0, '0.00']
  ])
})

test('a lead counts in its status, lost ones in Lost only, junk in none', async () => {
  const org = await app.organization()
  const [first, second] = await idsOf(org, 'lead_statuses')
  await makeLead(org, { value: usd('1.10') })
  await makeLead(org, { status_id: first, value: usd('2.05') })
  await makeLead(org, { status_id: first })
  await makeLead(org, { status_id: first, is_lost: true, value: usd('4.00') })
  await makeLead(org, { is_lost: true, value: usd('8.00') })
  await makeLead(org, { status_id: second, is_junk: true, value: usd('16.00') })
  await makeLead(org, { status_id: second, is_junk: true, is_lost: true, value: usd('32.00') })
  const rows = { None: [1, '1.10'], New: [2, '2.05'], Contacted: [0, '0.00'], Lost: [2, '12.00'] }
  expect(await byName(org)).toMatchObject(rows)
  const other = await app.organization()
  expect(await byName(other)).toMatchObject({ None: [0, '0.00'], Lost: [0, '0.00'] })
})

test('every change is counted at once', async () => {
  const org = await app.organization()
  const [first] = await idsOf(org, 'lead_statuses')
  const lead = await makeLead(org, { value: usd('1.00') })
  expect(await byName(org)).toMatchObject({ None: [1, '1.00'], New: [0, '0.00'] })
  await change(org, lead.id, { status_id: first, value: usd('2.00') })
  expect(await byName(org)).toMatchObject({ None: [0, '0.00'], New: [1, '2.00'] })
  await change(org, lead.id, { is_lost: true })
  expect(await byName(org)).toMatchObject({ New: [0, '0.00'], Lost: [1, '2.00'] })
  await change(org, lead.id, { is_junk: true })
  expect(await byName(org)).toMatchObject({ New: [0, '0.00'], Lost: [0, '0.00'] })
})

test('sums beyond what a number holds are exact', async () => {
  const org = await app.organization()
  const [first] = await idsOf(org, 'lead_statuses')
  const most = usd('9999999999999.99')
  for (let count = 0; count < 12; count++) await makeLead(org, { status_id: first, value: most })
  await makeLead(org, { status_id: first, value: usd('0.01') })
  expect(await byName(org)).toMatchObject({ New: [13, '119999999999999.89'] })
})

test('counting at the same time as entering never miscounts', async () => {
  const org = await app.organization()
  const entered = Array.from({ length: 20 }, () => makeLead(org))
  const asked = Array.from({ length: 20 }, () => byName(org))
  await Promise.all([...entered, ...asked])
  expect(await byName(org)).toMatchObject({ None: [20, '0.00'] })
})
