import { expect, test, vi } from 'vitest'
import { update } from '../db/rows.ts'
import { startApp } from '../testing.ts'
import { createApp, revokeApp } from './actions.ts'
import { listApps } from './queries.ts'

const app = await startApp()
const limited = await startApp({ RATE_LIMIT: '600/min' })
const guessed = await startApp({ RATE_LIMIT: '600/min' })
const nobody = { clientId: 'lf_1_000000000000000000', accessToken: 'x' }

test('a revoked app is out at its next request, and no other', async () => {
  const { ctx, api } = await app.organization()
  const other = app.api(await createApp(ctx, { name: 'Other' }))
  expect((await other.get('/api/v1/ticket/statuses')).status).toBe(200)
  await revokeApp(ctx, other.credentials.clientId)
  expect((await other.get('/api/v1/ticket/statuses')).status).toBe(401)
  expect((await api.get('/api/v1/ticket/statuses')).status).toBe(200)
})

test('an organization cannot revoke the app of another', async () => {
  const [own, other] = [await app.organization(), await app.organization()]
  await expect(revokeApp(own.ctx, other.api.credentials.clientId)).rejects.toMatchObject({ kind: 'not_found' })
  expect((await other.api.get('/api/v1/ticket/statuses')).status).toBe(200)
})

test('an app has only the scopes it was given, and reading is not writing', async () => {
  const { as } = await app.organization()
  const reader = await as('tickets:read')
  expect((await reader.get('/api/v1/ticket/list')).status).toBe(200)
  const refused = await reader.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
  expect(refused.status).toBe(403)
  expect(refused.body.error).toEqual({ code: 4005, type: 'ACCESS_DENIED' })
  expect((await reader.get('/api/v1/ticket/list')).body.data).toEqual([])
})

test('tokens are 256 random bits and stand in the database only as hashes', async () => {
  const { ctx, api } = await app.organization()
  expect(Buffer.from(api.credentials.accessToken, 'base64url')).toHaveLength(32)
  const rows = await ctx.db.kysely.selectFrom('apps').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(api.credentials.accessToken)
  expect(JSON.stringify(await listApps(ctx))).not.toMatch(/token/)
})

test('a client id works only with its own token', async () => {
  const [one, two] = [await app.organization(), await app.organization()]
  const mixed = app.api({ clientId: one.api.credentials.clientId, accessToken: two.api.credentials.accessToken })
  expect((await mixed.get('/api/v1/ticket/list')).status).toBe(401)
})

test('last use is written without a write per request', async () => {
  const { ctx, api } = await app.organization()
  for (let i = 0; i < 20; i++) await api.get('/api/v1/ticket/statuses')
  expect((await listApps(ctx))[0]?.last_used_at).toBeNull()
  await app.app.writeUsage()
  expect((await listApps(ctx))[0]?.last_used_at).toBeGreaterThan(Date.now() - 60_000)
})

test('the last use does not go back when another process has written a later one', async () => {
  const { ctx, api } = await app.organization()
  const later = Date.now() + 60_000
  await api.get('/api/v1/ticket/statuses')
  await ctx.store.transact(async db => {
    await update({ ...ctx, db }, 'apps')
      .set({ last_used_at: later })
      .execute()
  })
  await app.app.writeUsage()
  expect((await listApps(ctx))[0]?.last_used_at).toBe(later)
})

test('an app may make a burst of 100, then is told how long to wait; other apps go on', async () => {
  const [{ api }, other] = [await limited.organization(), await limited.organization()]
  const answers = await Promise.all(Array.from({ length: 140 }, () => api.get('/api/v1/ticket/statuses')))
  const passed = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status === 429)
  expect(passed.length).toBeGreaterThanOrEqual(100)
  expect(refused.length).toBeGreaterThan(0)
  expect(passed.length + refused.length).toBe(140)
  expect(passed[0]?.headers.get('ratelimit-policy')).toBe('"app";q=600;w=60')
  expect(passed[0]?.headers.get('ratelimit')).toMatch(/^"app";r=\d+;t=\d+$/)
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused[0]?.body.error).toEqual({ code: 4029, type: 'TOO_MANY_REQUESTS' })
  expect((await other.api.get('/api/v1/ticket/statuses')).status).toBe(200)
})

test('failed sign-ins are limited per address, cost no query then, and do not lock out who signed in rightly before', async () => {
  const [{ ctx, api }, other] = [await guessed.organization(), await guessed.organization()]
  expect((await api.get('/api/v1/ticket/list')).status).toBe(200)
  const wrong = (token: number) =>
    guessed.api({ ...api.credentials, accessToken: `${token}`.repeat(43) }).get('/api/v1/ticket/list')
  const statuses: number[] = []
  for (let turn = 0; turn < 21; turn++) statuses.push((await wrong(turn % 10)).status)
  expect(statuses).toEqual(statuses.map((_, turn) => (turn < 20 ? 401 : 429)))
  const asked = vi.spyOn(guessed.app.house.store.reader, 'all')
  const waiting = [await wrong(1), await other.api.get('/api/v1/ticket/list'), await guessed.api(nobody).get('/api/v2/tickets/1')]
  for (const { status, headers } of waiting) expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true])
  expect(asked).not.toHaveBeenCalled()
  asked.mockRestore()
  for (let turn = 0; turn < 3; turn++) {
    expect((await api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })).status).toBe(200)
    const parallel = await Promise.all(Array.from({ length: 20 }, () => api.get('/api/v1/ticket/list')))
    expect(parallel.map(({ status }) => status)).toEqual(parallel.map(() => 200))
  }
  await revokeApp(ctx, api.credentials.clientId)
  expect([401, 429]).toContain((await api.get('/api/v1/ticket/list')).status)
})

test('a forged X-Forwarded-For does not make another address', async () => {
  const ask = (index: number) =>
    fetch(`${limited.url}/api/v1/ticket/list`, { headers: { 'x-forwarded-for': `10.0.0.${index}`, authorization: 'Basic eDp5' } })
  const statuses = (await Promise.all(Array.from({ length: 60 }, (_, index) => ask(index)))).map(({ status }) => status)
  expect(statuses).toContain(429)
})

test('/api/v2 takes the token as Bearer too', async () => {
  const { api } = await app.organization()
  const { clientId, accessToken } = api.credentials
  const ask = (authorization: string) => fetch(`${app.url}/api/v2/tickets/1`, { headers: { authorization } })
  expect((await ask(`Bearer ${clientId}.${accessToken}`)).status).toBe(404)
  expect((await ask(`Bearer ${clientId}.x${accessToken}`)).status).toBe(401)
})

test('behind one proxy the address is the one that the proxy saw, whatever the client claims', async () => {
  const behind = await startApp({ RATE_LIMIT: '600/min', TRUST_PROXY: '1' })
  const ask = (client: string) => {
    const headers = { 'x-forwarded-for': `${client}, 203.0.113.9`, authorization: 'Basic eDp5' }
    return fetch(`${behind.url}/api/v1/ticket/list`, { headers })
  }
  const statuses = (await Promise.all(Array.from({ length: 60 }, (_, index) => ask(`10.0.0.${index}`)))).map(
    ({ status }) => status
  )
  expect(statuses).toContain(429)
})
