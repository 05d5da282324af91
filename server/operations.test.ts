import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { schemaVersion } from './db/dialect.ts'
import { query, startApp } from './testing.ts'

const app = await startApp()

test('/healthz and /readyz say that it runs and can work', async () => {
  for (const [path, status] of Object.entries({ '/healthz': 'ok', '/readyz': 'ready' })) {
    const response = await fetch(app.url + path)
    expect([response.status, await response.json()]).toEqual([200, { status }])
  }
})

test('/readyz is 503 while migrations are not complete', async () => {
  const { reader, dialect } = app.app.house.store
  const version = await schemaVersion(reader)
  const shift = (by: number) =>
    query(app, dialect === 'sqlite' ? `pragma user_version = ${version + by}` : `update migrations set number = number + ${by}`)
  await shift(1000)
  const response = await fetch(`${app.url}/readyz`)
  await shift(dialect === 'sqlite' ? 0 : -1000)
  expect(response.status).toBe(503)
})

test('/metrics counts requests by route and status, for the machine itself only', async () => {
  await fetch(`${app.url}/api/v1/ticket/list`)
  const text = await (await fetch(`${app.url}/metrics`)).text()
  expect(text).toMatch(/http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/ticket\/list",status="401"\} [1-9]/)
  expect(text).toContain('process_cpu_seconds_total')
  expect((await fetch(`${app.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } })).status).toBe(404)
})

test('every answer names its request, and says not to sniff or keep it', async () => {
  const [one, two] = [await fetch(`${app.url}/healthz`), await fetch(`${app.url}/nothing`)]
  expect(one.headers.get('x-request-id')).not.toBe(two.headers.get('x-request-id'))
  for (const { headers } of [one, two]) {
    expect(headers.get('x-request-id')).toMatch(/^[\w-]+-\w+$/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  }
})

test('the API page’s document is valid OpenAPI 3.1 and describes every endpoint with its errors and an example', async () => {
  const document = (await (await fetch(`${app.url}/api/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>
  }
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation }))
  )
  const routes = app.app.http.routeList.filter(
    ({ url, method, permission }) => url.startsWith('/api/v1') && permission && method !== 'HEAD'
  )
  expect(operations).toHaveLength(routes.length)
  for (const { name, operation } of operations) {
    expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(['200', '401', '403', '429', '503']))
    for (const content of Object.values(operation.responses['200'].content)) expect(content.schema, name).toBeTruthy()
    if (name.includes('{')) expect(Object.keys(operation.responses), name).toContain('404')
  }
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
})

interface Operation {
  operationId: string
  responses: Record<string, { content: Record<string, { schema: object }> }> & {
    200: { content: Record<string, { schema: object }> }
  }
}

test('/docs serves its viewer from here, under a policy that lets nothing else in', async () => {
  const response = await fetch(`${app.url}/docs`)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  const html = await response.text()
  expect(html).not.toMatch(/https?:\/\//)
  for (const [, path] of html.matchAll(/(?:href|src)="([^"]+)"/g)) expect((await fetch(app.url + path)).status, path).toBe(200)
})
