import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBinaries, giveTo, type Owner } from './postgres.binaries.testing.ts'

// Starts a PostgreSQL of its own for the tests, as a process that outlives them for as long as it takes to stop it: when the channel
// to its parent closes, however the parent ended, the server is stopped and its folder removed.

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'jit=off',
  ...process.argv.slice(2)
].flatMap(setting => ['-c', setting])

let folder: string | undefined
let server: ChildProcess | undefined
let ending = false

process.once('disconnect', () => end(0))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end(0))

try {
  const owner = ownerOfServer()
  folder = makeFolder(owner)
  const { bin, origin } = findBinaries(folder, owner)
  const password = randomBytes(16).toString('hex')
  initialize(bin, folder, password, owner)
  const port = await start(bin, folder, owner)
  process.send?.({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, origin })
} catch (error) {
  process.send?.({ problem: (error as Error).message }, () => end(1))
}

/** PostgreSQL refuses to run as root: then another user owns the server. */
function ownerOfServer(): Owner {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map(what => spawnSync('id', [what, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody: run the tests as another user')
}

/** A temporary folder that the owner can enter: the usual one may lie below a folder of root. */
function makeFolder(owner: Owner): string {
  for (const place of [tmpdir(), '/tmp', '/var/tmp']) {
    const made = mkdtempSync(join(place, 'liveforce-postgres-'))
    if (owner.uid === undefined) return made
    giveTo(owner, made)
    if (spawnSync('/bin/sh', ['-c', 'cd "$0"', made], { ...owner, cwd: '/' }).status === 0) return made
    spawnSync('rmdir', [made])
  }
  throw new Error('PostgreSQL needs a temporary folder that its user can enter: set TMPDIR to one')
}

function initialize(bin: string, folder: string, password: string, owner: Owner): void {
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
async function start(bin: string, folder: string, owner: Owner): Promise<number> {
  let log = ''
  for (let tries = 0; tries < 5 && !ending; tries += 1) {
    const port = await freePort()
    const child = spawn(join(bin, 'postgres'), ['-D', join(folder, 'data'), '-p', String(port), ...settings], {
      ...owner,
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe']
    })
    server = child
    log = ''
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
    if (!isReady) continue
    child.once('close', () => {
      if (!ending) console.error(`PostgreSQL of the tests ended by itself:\n${log}`)
      end(1)
    })
    return port
  }
  throw new Error(`PostgreSQL in ${bin} did not start:\n${log}`)
}

/** Nobody's PGPORT, PGDATA or language decides what the tests meet. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name))
  return { ...Object.fromEntries(others), LC_ALL: 'C' }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
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
