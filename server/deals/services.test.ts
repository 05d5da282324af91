import { expect, test } from 'vitest'
import { type Answer, type Api, makeDeal, snapshot, startApp } from '../testing.ts'

const app = await startApp()

type Form = Record<string, string | number | readonly string[]>

const add = (api: Api, form: Form) => api.post('/api/v1/deals/services/create', form)
const change = (api: Api, id: string, form: Form) => api.put(`/api/v1/deals/services/update/${id}`, form)
const show = (api: Api, id: string) => api.get(`/api/v1/deals/services/details/${id}`)
const list = (api: Api, dealId: string, query = '') => api.get(`/api/v1/deals/services/list/${dealId}?${query}`)
const details = async (api: Api, id: string) => (await api.get(`/api/v1/deals/details/${id}`)).body.data

async function refused(fields: string[], ask: () => Promise<Answer>, status = 422) {
  const before = await snapshot(app)
  const answer = await ask()
  expect(answer.status, answer.text).toBe(status)
  expect(Object.keys(answer.body.error.fields ?? {}).sort()).toEqual(fields.toSorted())
  expect(await snapshot(app)).toBe(before)
}

test('a service has exactly the keys of the contract in their order', async () => {
  const organization = await app.organization()
  const { api, adminId } = organization
  const deal = await makeDeal(organization)
  const line = { item_name: 'Setup', item_desc: 'On site', unit: 'hours', unit_cost: '10', quantity: '2.5' }
  const { status, body } = await add(api, { deal_id: deal.id, ...line, 'taxes[]': ['VAT|19', 'City|0.5'], staff_id: adminId })
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['data', 'message'])
  const keys =
    'items_id deals_id item_name item_desc quantity unit unit_cost item_tax_name item_tax_total total_cost order date_saved'
  expect(Object.keys(body.data)).toEqual(keys.split(' '))
  const { items_id, date_saved, ...rest } = body.data
  expect(date_saved).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  expect(rest).toEqual({
    deals_id: deal.id,
    item_name: 'Setup',
    item_desc: 'On site',
    quantity: '2.50',
    unit: 'hours',
    unit_cost: '10.00',
    item_tax_name: '["VAT|19.00","City|0.50"]',
    item_tax_total: '4.88',
    total_cost: '25.00',
    order: '1'
  })
  expect((await show(api, items_id)).body).toEqual(body)
  const shown = await details(api, deal.id)
  expect(shown.deals_details).toMatchObject({ total_tax: '4.88', deal_value: '10.00' })
  expect(shown.activity_log[0]).toMatchObject({ description: 'Service "Setup" added.', staffid: String(adminId) })
})

test.each([
  ['1.005 would be less in binary', { unit_cost: '0.67', quantity: '1.5' }, [], '1.01', '0.00'],
  ['a half is rounded up', { unit_cost: '0.05', quantity: '0.1' }, [], '0.01', '0.00'],
  ['each tax is rounded by itself', { unit_cost: '0.05', quantity: '1' }, ['A|10', 'B|10'], '0.05', '0.02'],
  ['a fine rate', { unit_cost: '100', quantity: '1' }, ['State|7.125'], '100.00', '7.13'],
  ['the greatest amount', { unit_cost: '9999999999999.99', quantity: '1' }, ['VAT|100'], '9999999999999.99', '9999999999999.99'],
  ['nothing', { unit_cost: '0', quantity: '9999999.99' }, ['VAT|19'], '0.00', '0.00']
])('amounts are exact: %s', async (_name, amounts, taxes, total_cost, item_tax_total) => {
  const organization = await app.organization()
  const deal = await makeDeal(organization)
  const { body } = await add(organization.api, { deal_id: deal.id, item_name: 'A', ...amounts, 'taxes[]': taxes })
  expect(body.data).toMatchObject({ total_cost, item_tax_total })
})

test.each([
  ['three decimals of quantity', { quantity: '1.001' }, ['quantity']],
  ['no quantity', { quantity: '0' }, ['quantity']],
  ['a negative cost', { unit_cost: '-1' }, ['unit_cost']],
  ['an exponent', { unit_cost: '1e3' }, ['unit_cost']],
  ['a product beyond the greatest amount', { unit_cost: '9999999999999.99', quantity: '1.01' }, ['unit_cost']],
  ['taxes beyond the greatest amount', { unit_cost: '9999999999999', 'taxes[]': ['A|100', 'B|100'] }, ['taxes']],
  ['a tax without a rate', { 'taxes[]': ['VAT'] }, ['taxes']],
  ['a tax of more than 100 %', { 'taxes[]': ['VAT|19', 'A|101'] }, ['taxes']],
  ['eleven taxes', { 'taxes[]': Array.from({ length: 11 }, (_, index) => `T${index}|1`) }, ['taxes']],
  ['a name of 192 characters', { item_name: 'x'.repeat(192) }, ['item_name']],
  ['a long description', { item_desc: 'x'.repeat(5001) }, ['item_desc']],
  ['an unknown acting staff member', { staff_id: '999999' }, ['staff_id']]
] as [string, Form, string[]][])('%s is 422 and names the field', async (_name, form, fields) => {
  const organization = await app.organization()
  const { api } = organization
  const deal = await makeDeal(organization)
  const good = { item_name: 'A', unit_cost: '1', quantity: '1' }
  await refused(fields, () => add(api, { deal_id: deal.id, ...good, ...form }))
  const { items_id } = (await add(api, { deal_id: deal.id, ...good })).body.data
  await refused(fields, () => change(api, items_id, form))
})

test('a name, a cost, a quantity and a deal are required, and nothing else', async () => {
  const organization = await app.organization()
  const { api } = organization
  const deal = await makeDeal(organization)
  await refused(['deal_id', 'item_name', 'unit_cost', 'quantity'], () => add(api, { unit: 'hours' }))
  await refused(['deal_id'], () => add(api, { deal_id: '999999', item_name: 'A', unit_cost: '1', quantity: '1' }))
  const { body } = await add(api, { deal_id: deal.id, item_name: 'A', unit_cost: '1', quantity: '1' })
  expect(body.data).toMatchObject({ item_desc: null, unit: null, item_tax_name: '[]', item_tax_total: '0.00' })
})

test('all services of a deal together stay within the greatest amount', async () => {
  const organization = await app.organization()
  const { api } = organization
  const deal = await makeDeal(organization)
  const big = { deal_id: deal.id, item_name: 'A', unit_cost: '9999999999999', quantity: '1' }
  const { items_id } = (await add(api, big)).body.data
  await refused(['unit_cost'], () => add(api, { ...big, unit_cost: '1' }))
  expect((await add(api, { ...big, unit_cost: '0.99' })).status).toBe(200)
  expect((await change(api, items_id, { quantity: '1', item_name: 'B' })).status).toBe(200)
  await refused(['unit_cost'], () => change(api, items_id, { unit_cost: '9999999999999.01' }))
})

test('an update changes what is sent, computes anew, and the log tells it', async () => {
  const organization = await app.organization()
  const { api } = organization
  const deal = await makeDeal(organization)
  const line = {
    deal_id: deal.id,
    item_name: 'Setup',
    item_desc: 'x',
    unit: 'h',
    unit_cost: '10',
    quantity: '1',
    'taxes[]': ['VAT|19']
  }
  const before = (await add(api, line)).body.data
  const { status, body } = await change(api, before.items_id, { quantity: '3' })
  expect(status).toBe(200)
  expect(body.data).toEqual({ ...before, quantity: '3.00', total_cost: '30.00', item_tax_total: '5.70' })
  const again = (await change(api, before.items_id, { unit: '', item_desc: '', 'taxes[]': '', item_name: 'Assembly' })).body.data
  expect(again).toMatchObject({ unit: null, item_desc: null, item_tax_name: '[]', item_tax_total: '0.00', item_name: 'Assembly' })
  const log = (await details(api, deal.id)).activity_log.map(({ description }: { description: string }) => description)
  expect(log.slice(0, 2)).toEqual([
    'Service "Setup" changed. Name changed from "Setup" to "Assembly". Unit "h" removed. Taxes changed from "VAT|19.00" to "none". Description changed.',
    'Service "Setup" changed. Quantity changed from "1.00" to "3.00".'
  ])
  await refused(['item_name', 'unit_cost', 'quantity'], () =>
    change(api, before.items_id, { item_name: '', unit_cost: '', quantity: '' })
  )
  const unchanged = await snapshot(app)
  expect((await change(api, before.items_id, { quantity: '3.0', item_name: 'Assembly' })).status).toBe(200)
  expect(await snapshot(app)).toBe(unchanged)
})

test('a deal’s services come in their order, a page at a time', async () => {
  const organization = await app.organization()
  const { api } = organization
  const [deal, other] = [await makeDeal(organization), await makeDeal(organization)]
  await add(api, { deal_id: other.id, item_name: 'Other', unit_cost: '1', quantity: '1' })
  const lines = []
  for (const item_name of ['C', 'A', 'B'])
    lines.push((await add(api, { deal_id: deal.id, item_name, unit_cost: '1', quantity: '1' })).body.data)
  expect((await list(api, deal.id)).body).toEqual({
    data: lines,
    message: 'success',
    meta: { page: 1, limit: 100, has_more: false }
  })
  expect(lines.map(({ order }) => order)).toEqual(['1', '2', '3'])
  const page = (await list(api, deal.id, 'limit=2&with_total=1')).body
  expect(page.data).toEqual(lines.slice(0, 2))
  expect(page.meta).toEqual({ page: 1, limit: 2, has_more: true, total: 3 })
})

test('services of no deal, of another organization and under ids that are none are refused alike, and nothing changes', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  const theirs = await makeDeal(other)
  const line = { item_name: 'A', unit_cost: '1', quantity: '1' }
  const { items_id } = (await add(other.api, { deal_id: theirs.id, ...line })).body.data
  const { api } = own
  const mine = await makeDeal(own)
  const before = await snapshot(app)
  const asks: [number, string, (id: string) => Promise<Answer>][] = [
    [404, theirs.id, id => list(api, id)],
    [404, items_id, id => show(api, id)],
    [404, items_id, id => change(api, id, { quantity: '2' })],
    [422, theirs.id, deal_id => add(api, { deal_id, ...line })],
    [422, String(other.adminId), staff_id => add(api, { deal_id: mine.id, ...line, staff_id })]
  ]
  for (const [status, stranger, ask] of asks) {
    const [found, nobody] = [await ask(stranger), await ask('999999')]
    expect([found.status, found.text]).toEqual([status, nobody.text])
  }
  for (const path of ['list/x', 'list/0', 'details/-1', 'details/1e1']) {
    expect((await api.get(`/api/v1/deals/services/${path}`)).status).toBe(400)
  }
  expect(await snapshot(app)).toBe(before)
})
