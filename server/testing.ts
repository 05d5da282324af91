import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type App, createApp, type TestJobs } from './app.ts'
import { createApp as issueApp } from './auth/actions.ts'
import type { Credentials } from './auth/tokens.ts'
import { type Config, readConfig } from './config.ts'
import { makeDatabase } from './database.testing.ts'
import { migrate } from './db/migrate.ts'
import type { Store } from './db/store.ts'
import { createOrganization } from './organizations/actions.ts'
import { contextOf } from './organizations/queries.ts'
import type { Context } from './platform/context.ts'
import type { Permission } from './platform/permissions.ts'
import { newFiles, type TestFiles } from './platform/storage.testing.ts'

// Tests speak HTTP to the real app on a real database; each test takes an organization of its own.

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the wire brought and asserts every part of it
  body: any
}

type Form = Record<string, string | number | Blob | readonly (string | Blob)[]> | [string, string | Blob][]

/** A caller with credentials. Paths are below the server's root: `/api/v1/ticket/list`. */
export interface Api {
  credentials: Credentials
  get(path: string): Promise<Answer>
  /** Sends multipart/form-data. Arrays repeat the name. */
  post(path: string, form: Form): Promise<Answer>
  put(path: string, form: Form): Promise<Answer>
  json(method: string, path: string, body: unknown): Promise<Answer>
  send(method: string, path: string, init?: RequestInit): Promise<Answer>
}

export interface TestOrganization {
  id: number
  /** The first admin's staff id. */
  adminId: number
  /** May do everything. */
  api: Api
  /** The installation's own context, for what has no endpoint. */
  ctx: Context
  /** An app of this organization with only these scopes. */
  as(...scopes: Permission[]): Promise<Api>
}

export interface TestApp {
  url: string
  app: App
  config: Config
  files: TestFiles
  organization(options?: { timeZone?: string; currency?: string }): Promise<TestOrganization>
  api(credentials: Credentials): Api
}

const usual = { PORT: '0', LOG_LEVEL: 'silent', RATE_LIMIT: 'off', BASE_URL: 'http://crm.example.com' }

/** Starts the product on a new database in a temporary folder; it ends after the file's tests. */
export async function startApp(env: Record<string, string> = {}, jobs?: TestJobs): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'liveforce-test-'))
  const database = await makeDatabase()
  const files = newFiles(join(dataDir, 'files'))
  const config = readConfig({ ...usual, DATA_DIR: dataDir, FILES_URL: files.url, DATABASE_URL: database?.url, ...env })
  const app = await createApp(config, jobs)
  await migrate(app.house.store)
  await app.http.listen({ host: '127.0.0.1', port: 0 })
  app.begin()
  afterAll(async () => {
    await app.close()
    await database?.drop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`
  const api = (credentials: Credentials): Api => apiOf(url, credentials)
  let organizations = 0
  return {
    url,
    app,
    config,
    files,
    api,
    organization: async (options = {}) => {
      organizations += 1
      const created = await createOrganization(app.house, {
        name: `Firm ${organizations}`,
        email: `admin${organizations}@example.com`,
        ...options
      })
      const ctx = await contextOf(app.house, created.organizationId)
      const admin = await ctx.db.kysely
        .selectFrom('staff')
        .select('id')
        .where('organization_id', '=', ctx.organization.id)
        .executeTakeFirstOrThrow()
      const as = async (...scopes: Permission[]): Promise<Api> => api(await issueApp(ctx, { name: 'Limited app', scopes }))
      return { id: ctx.organization.id, adminId: admin.id, api: api(created.app), ctx, as }
    }
  }
}

function apiOf(url: string, credentials: Credentials): Api {
  const authorization = `Basic ${Buffer.from(`${credentials.clientId}:${credentials.accessToken}`).toString('base64')}`
  const send: Api['send'] = async (method, path, init = {}) => {
    const response = await fetch(url + path, { method, ...init, headers: { authorization, ...(init.headers as object) } })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
  }
  return {
    credentials,
    send,
    get: path => send('GET', path),
    post: (path, form) => send('POST', path, { body: multipart(form) }),
    put: (path, form) => send('PUT', path, { body: multipart(form) }),
    json: (method, path, body) =>
      send(method, path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  }
}

function multipart(form: Form): FormData {
  const data = new FormData()
  const pairs = Array.isArray(form)
    ? form
    : Object.entries(form).flatMap(([name, value]) => [value].flat().map(one => [name, one] as const))
  for (const [name, value] of pairs) data.append(name, typeof value === 'number' ? String(value) : (value as string))
  return data
}

let members = 0

/** Adds a staff member over HTTP; resolves with the answer's `data`. Fields as `/api/v1/staff/create` takes them. */
export async function makeStaff(
  { api }: Pick<TestOrganization, 'api'>,
  fields: Record<string, string | number | readonly string[]> = {}
): Promise<{ staffid: string; email: string; full_name: string }> {
  members += 1
  const form = { firstname: 'Sam', lastname: `Staff ${members}`, email: `sam${members}@example.com`, ...fields }
  const { status, text, body } = await api.post('/api/v1/staff/create', form)
  if (status !== 200) throw new Error(`No staff member was made: ${text}`)
  return body.data
}

/** Enters a lead over HTTP; resolves with the answer. Fields as `POST /api/v2/leads` takes them. */
export async function makeLead(
  { api }: Pick<TestOrganization, 'api'>,
  fields: Record<string, unknown> = {}
  // biome-ignore lint/suspicious/noExplicitAny: see Answer
): Promise<any> {
  const { status, text, body } = await api.json('POST', '/api/v2/leads', { name: 'Lena Lead', ...fields })
  if (status !== 201) throw new Error(`No lead was made: ${text}`)
  return body
}

let deals = 0

/** Saves a deal over HTTP in the first stage, owned by the first admin; resolves with the answer's `data`. Fields as `/api/v1/deals/save-deals` takes them. */
export async function makeDeal(
  { api, adminId }: Pick<TestOrganization, 'api' | 'adminId'>,
  fields: Record<string, string | number | readonly string[]> = {}
  // biome-ignore lint/suspicious/noExplicitAny: see Answer
): Promise<any> {
  deals += 1
  const [{ pipeline_id, stages }] = (await api.get('/api/v1/deals/pipelines')).body.data
  const place = { pipeline_id, stage_id: stages[0].stage_id, default_deal_owner: adminId }
  const { status, text, body } = await api.post('/api/v1/deals/save-deals', {
    title: `Deal ${deals}`,
    deal_value: '10',
    ...place,
    ...fields
  })
  if (status !== 200) throw new Error(`No deal was made: ${text}`)
  return body.data
}

/** Rows of a statement whose values stand as `?`, for what no endpoint tells or does. */
export const query = <Row>({ app }: TestApp, sql: string, ...values: unknown[]): Promise<Row[]> =>
  queryIn(app.house.store, sql, ...values)

/** The same in a database without an app. */
export function queryIn<Row>(store: Store, sql: string, ...values: unknown[]): Promise<Row[]> {
  let place = 0
  const text = store.dialect === 'sqlite' ? sql : sql.replaceAll('?', () => `$${++place}`)
  return sql.startsWith('select') ? store.reader.all<Row>(text, values) : store.exclusively(db => db.all<Row>(text, values))
}

/** All rows of all tables but those that processes keep among them, for showing that a refusal changed nothing. */
export async function snapshot(app: TestApp): Promise<string> {
  const isSqlite = app.app.house.store.dialect === 'sqlite'
  const tables = await query<{ name: string }>(
    app,
    isSqlite
      ? "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'leases' order by name"
      : "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'leases' order by tablename"
  )
  if (!isSqlite) {
    const texts = tables.map(
      ({ name }) => `select '${name}', string_agg(row::text, chr(10) order by row::text) from "${name}" as row`
    )
    return JSON.stringify(await query(app, texts.join(' union all ')))
  }
  const rows = await Promise.all(tables.map(async ({ name }) => [name, await query(app, `select * from "${name}"`)]))
  return JSON.stringify(rows, (_key, value) => (Buffer.isBuffer(value) ? value.toString('hex') : value))
}
