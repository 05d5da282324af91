import { expect, test } from 'vitest'
import { permissions } from './platform/permissions.ts'
import { snapshot, startApp } from './testing.ts'

const app = await startApp()
const { api, as } = await app.organization()
const routes = app.app.http.routeList.filter(({ method }) => method !== 'HEAD')
const guarded = routes.filter(({ permission }) => permission !== undefined)
const pathOf = (url: string): string => url.replace(/:\w+/g, '1')

test('only these routes are open to strangers', () => {
  const open = routes.filter(({ permission }) => permission === undefined).map(({ method, url }) => `${method} ${url}`)
  expect(open.sort()).toEqual([
    'GET /api/v1/openapi.json',
    'GET /docs',
    'GET /docs/page.css',
    'GET /docs/page.js',
    'GET /docs/viewer.css',
    'GET /docs/viewer.js',
    'GET /files/:organization/:file',
    'GET /healthz',
    'GET /metrics',
    'GET /readyz'
  ])
})

test.each(guarded)(
  '$method $url refuses strangers, the wrong rights and a session’s cookie, and changes nothing',
  async ({ method, url, permission }) => {
    const before = await snapshot(app)
    const stranger = await fetch(app.url + pathOf(url), { method })
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('www-authenticate') !== null).toBe(url.startsWith('/api/v1'))
    const cookie = await fetch(app.url + pathOf(url), { method, headers: { cookie: 'session=1' } })
    expect(cookie.status).toBe(401)
    expect(await snapshot(app)).toBe(before)
    const others = permissions.filter(known => known !== permission)
    const limited = await as(...others)
    const { status, text } = await limited.send(method, pathOf(url))
    expect(status).toBe(403)
    expect(text).toContain(permission)
  }
)

test('all 37 endpoints of the contract are there', () => {
  const contract = routes.filter(({ url }) => url.startsWith('/api/v1/') && url !== '/api/v1/openapi.json')
  expect(contract.map(({ method, url }) => `${method} ${url.slice('/api/v1'.length)}`).sort()).toEqual(endpoints.toSorted())
})

test('a method that a path does not take is 405 and says which it takes', async () => {
  for (const { url } of guarded.filter(({ url }) => url.startsWith('/api/v1'))) {
    const taken = routes.filter(route => route.url === url).map(({ method }) => method)
    const { status, headers, body } = await api.send('PATCH', pathOf(url))
    expect(status, url).toBe(405)
    expect(headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(taken))
    expect(body.error).toMatchObject({ code: 4014, type: 'METHOD_NOT_ALLOWED' })
  }
})

test('an unknown path is 404 in the manner of its API', async () => {
  for (const path of ['/api/v1/nothing', '/api/v1', '/', '/api/v1/ticket/details', '/api/v1/ticket/list/1']) {
    const { status, body } = await api.get(path)
    expect(status, path).toBe(404)
    expect(body.error).toEqual({ code: 4003, type: 'RESOURCE_NOT_FOUND' })
  }
  expect((await api.get('/api/v2/nothing')).body).toEqual({ code: 'not_found', message: 'There is nothing at this address' })
})

const endpoints = [
  'GET /staff/list',
  'GET /staff/details/:staff_id',
  'POST /staff/create',
  'PUT /staff/update/:staff_id',
  'GET /leads/list',
  'GET /leads/details/:lead_id',
  'GET /leads/summary/:lead_id',
  'GET /leads/count-by-status',
  'GET /leads/types',
  'GET /leads/notes/list/:lead_id',
  'GET /leads/notes/details/:note_id',
  'POST /leads/notes/create',
  'PUT /leads/notes/update/:note_id',
  'GET /leads/files/:lead_id',
  'POST /leads/files/upload',
  'GET /leads/report',
  'GET /leads/report/csv',
  'GET /call-logs/list',
  'GET /call-logs/details/:call_log_id',
  'GET /ticket/list',
  'POST /ticket/create',
  'GET /ticket/details/:ticket_id',
  'GET /ticket/statuses',
  'GET /deals/list',
  'POST /deals/save-deals',
  'PUT /deals/update-deals/:deal_id',
  'GET /deals/details/:deal_id',
  'GET /deals/sources',
  'GET /deals/pipelines',
  'POST /deals/comments/create',
  'PUT /deals/comments/update/:comment_id',
  'POST /deals/attachments/create',
  'DELETE /deals/attachments/delete/:attachment_id',
  'GET /deals/services/list/:deal_id',
  'GET /deals/services/details/:service_id',
  'POST /deals/services/create',
  'PUT /deals/services/update/:service_id'
]
