import { expect, test } from 'vitest'
import { type Api, makeDeal, makeLead, makeStaff, snapshot, startApp } from '../testing.ts'

const app = await startApp()

const list = (api: Api, query = '') => api.get(`/api/v1/deals/list?${query}`)

/** The titles a list shows, in its order. */
async function titles(api: Api, query = ''): Promise<string[]> {
  const { status, text, body } = await list(api, query)
  expect(status, text).toBe(200)
  return body.data.map(({ title }: { title: string }) => title)
}

test('a listed deal has exactly the keys of the contract in their order', async () => {
  const organization = await app.organization()
  const deal = await makeDeal(organization, { tags: 'b,a', 'user_id[]': String(organization.adminId) })
  const { body } = await list(organization.api)
  const { comments, assignees, customers, attachments, ...shown } = deal
  expect(body.data).toEqual([{ ...shown, tags: 'a,b' }])
  expect(Object.keys(body.data[0])).toEqual([...Object.keys(shown), 'tags'])
  expect(Object.keys(body)).toEqual(['data', 'message', 'meta'])
  expect(body.meta).toEqual({ page: 1, limit: 100, has_more: false })
})

test('each filter finds its own deals, newest first', async () => {
  const organization = await app.organization()
  const { api, adminId } = organization
  const { staffid } = await makeStaff(organization)
  const lead = String((await makeLead(organization)).id)
  const customer = String((await api.json('POST', '/api/v2/customers', { name: 'Carla' })).body.id)
  const [{ pipeline_id, stages }] = (await api.get('/api/v1/deals/pipelines')).body.data
  const [source] = (await api.get('/api/v1/deals/sources')).body.data
  await makeDeal(organization, { title: 'one', source_id: source.source_id, rel_type: 'lead', rel_id: lead })
  await makeDeal(organization, { title: 'two', default_deal_owner: staffid, rel_type: 'customer', rel_id: customer })
  const three = await makeDeal(organization, { title: 'three', stage_id: stages[1].stage_id })
  await api.put(`/api/v1/deals/update-deals/${three.id}`, { status: 'won' })
  const found: Record<string, string[]> = {
    '': ['three', 'two', 'one'],
    [`owner=${adminId}`]: ['three', 'one'],
    [`owner=${staffid}`]: ['two'],
    [`pipeline_id=${pipeline_id}`]: ['three', 'two', 'one'],
    [`stage_id=${stages[1].stage_id}`]: ['three'],
    [`source_id=${source.source_id}`]: ['one'],
    'source_id=0': ['three', 'two'],
    'status=won': ['three'],
    'status=open': ['two', 'one'],
    'status=lost': [],
    'rel_type=lead': ['one'],
    'rel_type=deal': ['one'],
    'rel_type=customer': ['two'],
    [`rel_type=lead&rel_id=${lead}`]: ['one'],
    [`rel_type=customer&rel_id=${customer}`]: ['two'],
    'rel_type=customer&rel_id=999999': [],
    'rel_id=999999': [],
    [`owner=${adminId}&status=won`]: ['three'],
    [`owner=${staffid}&status=won`]: [],
    [`pipeline_id=${pipeline_id}&stage_id=${stages[0].stage_id}&rel_type=customer`]: ['two']
  }
  for (const [query, expected] of Object.entries(found)) expect(await titles(api, query), query).toEqual(expected)
  expect((await titles(api, `rel_id=${lead}`)).includes('one')).toBe(true)
  expect((await titles(api, `rel_id=${customer}`)).includes('two')).toBe(true)
})

test('a search finds by title, notes, related name and tag, and follows every change', async () => {
  const organization = await app.organization()
  const { api } = organization
  const lead = await makeLead(organization, { name: 'Müller & Söhne' })
  const deal = await makeDeal(organization, { title: 'Zwanzig Stühle', tags: 'Möbel', rel_type: 'lead', rel_id: lead.id })
  await makeDeal(organization, { title: 'Something else' })
  await api.put(`/api/v1/deals/update-deals/${deal.id}`, { notes: 'wants oak' })
  for (const search of ['stuhl', 'STÜHLE zwanzig', 'muller', 'mobel', 'oak stüh']) {
    expect(await titles(api, `search=${encodeURIComponent(search)}`), search).toEqual(['Zwanzig Stühle'])
  }
  expect(await titles(api, 'search=oak stone')).toEqual([])
  await api.put(`/api/v1/deals/update-deals/${deal.id}`, { title: 'Zehn Tische', tags: 'Holz', notes: '', rel_id: '0' })
  for (const search of ['stuhl', 'muller', 'mobel', 'oak']) expect(await titles(api, `search=${search}`), search).toEqual([])
  for (const search of ['tische', 'holz']) expect(await titles(api, `search=${search}`), search).toEqual(['Zehn Tische'])
  expect(await titles(api, `search=holz&status=won`)).toEqual([])
  const stranger = await app.organization()
  expect(await titles(stranger.api, 'search=tische')).toEqual([])
})

test('days are those of the organization’s time zone, the last one included', async () => {
  const organization = await app.organization({ timeZone: 'Pacific/Auckland' })
  const { api, ctx } = organization
  const at = async (title: string, time: string) => {
    const { id } = await makeDeal(organization, { title })
    const created_at = Date.parse(time)
    await ctx.store.transact(({ kysely }) =>
      kysely.updateTable('deals').set({ created_at }).where('id', '=', Number(id)).execute()
    )
  }
  await at('before', '2024-08-12T11:59:59Z')
  await at('first', '2024-08-12T12:00:00Z')
  await at('last', '2024-08-13T11:59:59Z')
  await at('after', '2024-08-13T12:00:00Z')
  expect(await titles(api, 'start_date=2024-08-13&end_date=2024-08-13')).toEqual(['last', 'first'])
  expect(await titles(api, 'start_date=2024-08-14')).toEqual(['after'])
  expect(await titles(api, 'end_date=12-08-2024')).toEqual(['before'])
})

test('pages follow each other, say whether there is another, and count when asked', async () => {
  const organization = await app.organization()
  for (const title of ['1', '2', '3', '4', '5']) await makeDeal(organization, { title })
  const { api } = organization
  expect(await titles(api, 'limit=2')).toEqual(['5', '4'])
  expect(await titles(api, 'limit=2&page=3')).toEqual(['1'])
  expect((await list(api, 'limit=2&page=2&with_total=1')).body.meta).toEqual({ page: 2, limit: 2, has_more: true, total: 5 })
  expect((await list(api, 'limit=2&page=3&with_total=1&status=open')).body.meta).toEqual({
    page: 3,
    limit: 2,
    has_more: false,
    total: 5
  })
  expect((await list(api, 'with_total=1&search=nothing')).body.meta).toMatchObject({ total: 0 })
  expect((await list(api, 'with_total=1&rel_id=7')).body.meta).toMatchObject({ total: 0 })
})

test.each([
  ['owner=0', 'owner'],
  ['owner=x', 'owner'],
  ['pipeline_id=-1', 'pipeline_id'],
  ["stage_id=1'", 'stage_id'],
  ['source_id=abc', 'source_id'],
  ['status=closed', 'status'],
  ['rel_type=staff', 'rel_type'],
  ['rel_id=0', 'rel_id'],
  ['start_date=2024-13-01', 'start_date'],
  ['tags=a', 'tags'],
  ['sort=title', 'sort']
])('a list asked with %s is 400 and names it', async (query, field) => {
  const { api } = await app.organization()
  const { status, body } = await list(api, query)
  expect(status).toBe(400)
  expect(Object.keys(body.error.fields)).toEqual([field])
})

test('a filter by the ids of another organization finds nothing, as by unknown ones', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  const lead = await makeLead(other)
  const deal = await makeDeal(other, { rel_type: 'lead', rel_id: lead.id })
  const mine = await makeDeal(own)
  const before = await snapshot(app)
  const { pipeline_id, stage_id, default_deal_owner } = deal
  const [source] = (await other.api.get('/api/v1/deals/sources')).body.data
  const foreign = {
    owner: default_deal_owner,
    pipeline_id,
    stage_id,
    source_id: source.source_id,
    rel_id: lead.id,
    'rel_type=lead&rel_id': lead.id
  }
  for (const [name, id] of Object.entries(foreign)) {
    const [theirs, nobody] = [await list(own.api, `${name}=${id}`), await list(own.api, `${name}=999999`)]
    expect(theirs.text, name).toBe(nobody.text)
    expect(theirs.body.data).toEqual([])
  }
  expect((await list(own.api)).body.data.map(({ id }: { id: string }) => id)).toEqual([mine.id])
  expect(await snapshot(app)).toBe(before)
})
