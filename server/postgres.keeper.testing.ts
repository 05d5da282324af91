import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinaries, freePort, giveTo, makeFolder, type Owner, ownerOfServer } from './postgres.binaries.testing.ts'

// Starts a PostgreSQL of its own for the tests, as a process that outlives them for as long as it takes to stop it: when the channel
// to its parent closes, however the parent ended, the server is stopped and its folder removed. Settings may follow as arguments.
// Its parent may halt it by a signal, and have it go on.

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=128MB',
  // Nothing of it is kept, so nothing waits for the disk.
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'jit=off',
  ...process.argv.slice(2)
].flatMap(setting => ['-c', setting])

let folder: string | undefined
let server: ChildProcess | undefined
let ending = false
let halted = false

process.once('disconnect', () => end(0))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end(0))

try {
  const owner = ownerOfServer()
  folder = makeFolder('postgres', owner)
  const { bin, origin } = findBinaries(folder, owner)
  const password = randomBytes(16).toString('hex')
  const place: Place = { bin, folder, owner }
  initialize(place, password)
  const port = await start(place)
  process.on('message', async (signal: NodeJS.Signals | 'go on') => {
    if (signal === 'go on') await goOn(place, port)
    else await halt(signal)
    if (process.connected) process.send?.({ done: signal })
  })
  process.send?.({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, origin })
} catch (error) {
  process.send?.({ problem: (error as Error).message }, () => end(1))
}

interface Place {
  bin: string
  folder: string
  owner: Owner
}

function initialize({ bin, folder, owner }: Place, password: string): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  giveTo(owner, folder)
  const flags = ['--username=postgres', '--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-sync']
  execFileSync(join(bin, 'initdb'), [`--pgdata=${join(folder, 'data')}`, `--pwfile=${passwordFile}`, ...flags], {
    ...owner,
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe']
  })
}

/** Resolves with the port. A port that somebody took in between is given up for another. */
async function start(place: Place): Promise<number> {
  let log = ''
  for (let tries = 0; tries < 5 && !ending; tries += 1) {
    const port = await freePort()
    log = await run(place, port)
    if (log === '') return port
  }
  throw new Error(`PostgreSQL in ${place.bin} did not start:\n${log}`)
}

async function goOn(place: Place, port: number): Promise<void> {
  const log = await run(place, port)
  halted = false
  if (log === '') return
  console.error(`PostgreSQL of the tests did not go on:\n${log}`)
  await end(1)
}

async function halt(signal: NodeJS.Signals): Promise<void> {
  if (!server || halted) return
  halted = true
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

/** Runs the server; resolves once it takes connections, or with what it said before it ended. */
async function run({ bin, folder, owner }: Place, port: number): Promise<string> {
  const child = spawn(join(bin, 'postgres'), ['-D', join(folder, 'data'), '-p', String(port), ...settings], {
    ...owner,
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe']
  })
  server = child
  let log = ''
  const isReady = await new Promise<boolean>(resolve => {
    child.stderr.on('data', text => {
      log = (log + text).slice(-4000)
      if (log.includes('ready to accept connections')) resolve(true)
    })
    child.once('error', error => {
      log = error.message
    })
    child.once('close', () => resolve(false))
  })
  if (!isReady) return log || 'It said nothing'
  child.once('close', () => {
    if (halted) return
    if (!ending) console.error(`PostgreSQL of the tests ended by itself:\n${log}`)
    end(1)
  })
  return ''
}

/** Nobody's PGPORT, PGDATA or language decides what the tests meet. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name))
  return { ...Object.fromEntries(others), LC_ALL: 'C' }
}

async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  if (server?.pid && server.exitCode === null && server.signalCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGINT')
    const patience = setTimeout(() => server?.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(patience)
  }
  // Killed, it leaves processes that notice it only a little later.
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  process.exit(code)
}
