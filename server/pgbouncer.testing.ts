import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort, giveTo, installPackage, makeFolder, ownerOfServer } from './postgres.binaries.testing.ts'
import { query } from './postgres.testing.ts'

// PgBouncer in transaction mode, as an operator would put it in front of PostgreSQL: what a session remembers is not there any more
// in the next transaction.

export interface PgBouncer {
  port: number
  /** The same database, reached through the pooler; as `DATABASE_URL`. */
  through(url: string): string
  /** Resolves when it has ended and its folder is gone. */
  stop(): Promise<void>
}

/**
 * Starts it in front of the PostgreSQL of `url`, all of whose databases are then reached through it as that user, over few connections
 * each. It ends with this process, even a killed one. `settings` are lines of its configuration. Throws saying what helps when there is none.
 */
export async function startPgBouncer(url: string, settings: Record<string, string | number> = {}): Promise<PgBouncer> {
  const program = findProgram()
  const owner = ownerOfServer()
  const folder = makeFolder('pgbouncer', owner)
  const port = Number(settings.listen_port ?? (await freePort()))
  configure(folder, new URL(url), { listen_port: port, ...settings })
  giveTo(owner, folder)
  // The shell's input closes when this process ends, however it does: then the shell ends the pooler and removes its folder.
  const script = '"$0" "$1/pgbouncer.ini" & pid=$!; cat > /dev/null; exec 2> /dev/null; kill -9 $pid; wait $pid; rm -rf "$1"'
  const shell = spawn('/bin/sh', ['-c', script, program, folder], {
    ...owner,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe']
  })
  let log = ''
  shell.stderr.on('data', text => {
    log = (log + text).slice(-4000)
  })
  shell.unref()
  for (const stream of [shell.stdin, shell.stderr]) (stream as unknown as Socket).unref()
  const through = (direct: string): string => {
    const address = new URL(direct)
    address.host = `127.0.0.1:${port}`
    address.searchParams.set('pgbouncer', 'true')
    return address.href
  }
  const stop = async (): Promise<void> => {
    if (shell.exitCode !== null) return
    const ended = once(shell, 'exit')
    shell.ref()
    shell.stdin.end()
    await ended
  }
  await answering(through(url)).catch(async error => {
    await stop()
    throw new Error(`PgBouncer did not start: ${error.message}\n${log}`)
  })
  return { port, through, stop }
}

function findProgram(): string {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const find = (): string | undefined => places.map(place => join(place || '/', 'pgbouncer')).find(path => existsSync(path))
  const found = find() ?? (installPackage('pgbouncer') ? find() : undefined)
  if (found && spawnSync(found, ['--version']).status === 0) return found
  throw new Error(
    'No PgBouncer was found for the tests. Install it (apt-get install pgbouncer, which the tests do themselves as root on Debian and Ubuntu)'
  )
}

function configure(folder: string, { hostname, port, username, password }: URL, settings: Record<string, string | number>): void {
  const quoted = [username, password].map(word => `"${decodeURIComponent(word).replaceAll('"', '""')}"`)
  writeFileSync(join(folder, 'users'), `${quoted.join(' ')}\n`, { mode: 0o600 })
  const all = {
    listen_addr: '127.0.0.1',
    unix_socket_dir: '',
    auth_type: password === '' ? 'trust' : 'scram-sha-256',
    auth_file: join(folder, 'users'),
    pool_mode: 'transaction',
    default_pool_size: 4,
    max_client_conn: 500,
    query_wait_timeout: 5,
    server_login_retry: 1,
    log_connections: 0,
    log_disconnections: 0,
    ...settings
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`)
  const databases = `* = host=${hostname} port=${port || 5432}`
  writeFileSync(join(folder, 'pgbouncer.ini'), `[databases]\n${databases}\n[pgbouncer]\n${lines.join('\n')}\n`)
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await query(url, 'select 1')
      return
    } catch (error) {
      if (tries === 50) throw error
    }
    await wait(100)
  }
}
