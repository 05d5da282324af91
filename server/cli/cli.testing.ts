import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, expect } from 'vitest'
import { readConfig } from '../config.ts'
import { makeEnv } from '../database.testing.ts'
import { openStore } from '../db/open.ts'
import type { Store } from '../db/store.ts'

// The real command line, run as processes of their own on folders and databases of their own.

const entry = join(import.meta.dirname, 'liveforce.ts')
const folders: string[] = []
const drops: (() => Promise<void>)[] = []
// Shared, so that only the first of many processes compiles the sources.
const cache = await newFolder()
const running = new Set<ChildProcess>()

afterEach(async () => {
  await Promise.all([...running].map(stop))
})
afterAll(async () => {
  for (const drop of drops) await drop()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'liveforce-cli-'))
  folders.push(folder)
  return folder
}

export type Env = Record<string, string>

interface Output {
  stdout: string
  stderr: string
}

function launch(words: string[], env: Env): { child: ChildProcess; output: Output } {
  const clean = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PORT: '0', NODE_COMPILE_CACHE: cache }
  const child = spawn(process.execPath, [entry, ...words], { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', text => {
    output.stdout += text
  })
  child.stderr.on('data', text => {
    output.stderr += text
  })
  running.add(child)
  return { child, output }
}

/** Runs a command to its end. */
export async function run(words: string[], env: Env): Promise<Output & { code: number }> {
  const { child, output } = launch(words, env)
  const [code] = await once(child, 'close')
  running.delete(child)
  return { ...output, code }
}

interface Server {
  url: string
  child: ChildProcess
  output: Output
}

/** Starts the server and waits until it says that it is ready. */
export async function start(env: Env, words: string[] = ['start']): Promise<Server> {
  const { child, output } = launch(words, env)
  let url: string | undefined
  while (!url || !(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`It did not start: ${output.stderr}`)
    await wait(20)
    url = /^Liveforce is running at (http:\S+)$/m.exec(output.stdout)?.[1]
  }
  return { url, child, output }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status === 200,
    () => false
  )

export async function stop(child: ChildProcess): Promise<number | null> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  return code
}

/** What a person would paste: its address, credentials and form. */
export function parseCurl(stdout: string) {
  const lines = stdout.split('\n').filter(line => line.startsWith('curl '))
  expect(lines).toHaveLength(1)
  const words = [...lines[0]!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const after = (name: string): string[] => words.filter((_word, at) => words[at - 1] === name)
  const form = new FormData()
  for (const field of after('-F')) form.append(field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1))
  return { url: words.at(-1)!, user: after('-u')[0]!, form }
}

export const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` })
/** The environment of an empty data folder and an empty database, without a log. */
export async function quiet(): Promise<Env> {
  const { env, drop } = await makeEnv()
  drops.push(drop)
  return { ...env, LOG_LEVEL: 'silent' }
}

/** Does something to the database of this environment. */
export async function inStore<T>(env: Env, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(readConfig(env).database)
  return work(store).finally(() => store.close())
}

export const listed = (url: string, user: string) => fetch(`${url}/api/v1/ticket/list`, { headers: basic(user) })

/** What `organization create --json` prints. */
export interface Created {
  organization_id: number
  admin: { email: string; password: string }
  app: { client_id: string; access_token: string }
}

/** An organization made by the command, with the `user:password` of its app. */
export async function createOrganization(env: Env): Promise<Created & { user: string }> {
  const { stdout } = await run(['organization', 'create', '--name', 'Acme', '--email', 'jane@example.com', '--json'], env)
  const created = JSON.parse(stdout) as Created
  return { ...created, user: `${created.app.client_id}:${created.app.access_token}` }
}
