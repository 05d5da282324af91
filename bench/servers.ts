import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { open } from './load.ts'
import { cpuOfTree } from './processes.ts'

export interface Server {
  pid: number
  port: number
  /** Milliseconds from its start to its first answer. */
  startedIn: number
  /** CPU milliseconds that all its threads and processes have used. */
  cpu(): Promise<number>
  /** Resident megabytes; `own` is without pages of files. */
  memory(): Promise<{ all: number; own: number }>
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Resolves when the process has ended. */
  ended: Promise<void>
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const isLinux = process.platform === 'linux'

interface StartOptions {
  /** Runs before node: `strace …`. */
  wrap?: string[]
  nodeOptions?: string[]
  /** After `start`. */
  args?: string[]
  env?: Record<string, string>
}

/** Starts the product on a data folder, as `npm start` does. */
export async function startProduct(dataDir: string, options: StartOptions = {}): Promise<Server> {
  const port = await freePort()
  const env = { DATA_DIR: dataDir, PORT: String(port), HOST: '127.0.0.1', RATE_LIMIT: 'off', LOG_LEVEL: 'warn', ...options.env }
  return start(['../liveforce.mjs', 'start', ...(options.args ?? [])], port, '/readyz', { ...options, env })
}

/** Starts the plain baseline on a database file. */
export async function startBaseline(database: string, synchronous = 'full', options: StartOptions = {}): Promise<Server> {
  const port = await freePort()
  return start(['baseline.ts', database, String(port), synchronous], port, '/api/v1/ticket/details/1', options)
}

/** Starts the plain baseline on a database of PostgreSQL. */
export async function startPostgresBaseline(url: string): Promise<Server> {
  const port = await freePort()
  return start(['baseline.postgres.ts', url, String(port)], port, '/api/v1/ticket/details/1', {})
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

async function start([script, ...args]: string[], port: number, probe: string, options: StartOptions): Promise<Server> {
  const began = performance.now()
  const meter = isLinux ? [] : ['--import', new URL('meter.ts', import.meta.url).href]
  const [command = '', ...rest] = [
    ...(options.wrap ?? []),
    process.execPath,
    ...(options.nodeOptions ?? []),
    ...meter,
    pathOf(script as string),
    ...args
  ]
  const env = { ...process.env, npm_lifecycle_event: '', DATABASE_URL: '', BASE_URL: '', NODE_NO_WARNINGS: '1', ...options.env }
  const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'ignore', 'pipe', ...(isLinux ? [] : ['ipc' as const])]
  const child = spawn(command, rest, { stdio, env })
  let complaints = ''
  child.stderr?.on('data', text => {
    complaints = (complaints + text).slice(-4000)
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()).once('error', () => resolve()))
  await untilAnswering(child, port, probe).catch(error => {
    child.kill('SIGKILL')
    throw new Error(`${error.message}\n${complaints}`)
  })
  const pid = options.wrap ? childOf(child.pid as number) : (child.pid as number)
  return {
    pid,
    port,
    startedIn: performance.now() - began,
    ...metersOf(child),
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, signal)
      await ended
    },
    ended
  }
}

/** The process that a tracer started: it ends with it. */
const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])

async function untilAnswering(child: ChildProcess, port: number, path: string): Promise<void> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The server ended before it answered')
    const connection = await open(port).catch(() => undefined)
    if (!connection) {
      await wait(2)
      continue
    }
    try {
      await connection.send(request)
      return
    } catch {
      await wait(2)
    } finally {
      connection.close()
    }
  }
  throw new Error('The server did not answer within a minute')
}

function metersOf(child: ChildProcess): Pick<Server, 'cpu' | 'memory'> {
  if (!isLinux) return { cpu: async () => (await ask(child)).cpu, memory: async () => (await ask(child)).memory }
  return {
    cpu: async () => cpuOfTree(child.pid as number)(),
    memory: async () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      const megabytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024
      return { all: megabytes('VmRSS'), own: megabytes('RssAnon') }
    }
  }
}

export interface Metered {
  cpu: number
  memory: { all: number; own: number }
}

function ask(child: ChildProcess): Promise<Metered> {
  return new Promise(resolve => {
    child.once('message', answer => resolve(answer as Metered))
    child.send('measure')
  })
}
