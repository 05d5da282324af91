#!/usr/bin/env node
// Installs what package-lock.json says, finds a Node that runs TypeScript, and runs the command with it.
// Built-ins only: an older Node (20 or later) must be able to run this file before anything is installed.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { basename, delimiter, dirname, join, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const inRoot = path => join(root, ...path.split('/'))
const windows = process.platform === 'win32'
const server = inRoot('server/cli/liveforce.ts')
const lock = inRoot('.installing')
const broughtNode = inRoot(`node_modules/node/bin/node${windows ? '.exe' : ''}`)
const runsTypeScript = Boolean(process.features.typescript)
const runsOnBroughtNode = process.execPath.startsWith(inRoot('node_modules') + sep)

class Failure extends Error {}

// npm's own record of what it installed is compared, so an installation made by hand with npm counts too.
function isInstalled(withDev) {
  const wanted = readPackages('package-lock.json')
  if (!wanted) throw new Failure('package-lock.json is missing or damaged. Restore it: git checkout package-lock.json')
  const found = readPackages('node_modules/.package-lock.json') ?? {}
  const fits = (allowed, own) => !allowed || allowed.includes(own) || allowed.some(name => name.startsWith('!'))
  const isSame = ([path, { version, integrity, dev, devOptional, optional }]) => {
    if (!path.startsWith('node_modules/')) return true
    if (!found[path]) return Boolean(optional || ((dev || devOptional) && !withDev))
    return found[path].version === version && found[path].integrity === integrity
  }
  if (withDev && !runsTypeScript && !existsSync(broughtNode)) return false
  if (!Object.values(found).every(({ os, cpu }) => fits(os, process.platform) && fits(cpu, process.arch))) return false
  return Object.entries(wanted).every(isSame)
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(inRoot(path), 'utf8')).packages
  } catch {
    return undefined
  }
}

async function takeLock() {
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock)
      return writeFileSync(join(lock, String(process.pid)), '')
    } catch (error) {
      if (error.code !== 'EEXIST') throw new Failure(`The dependencies must be installed, but ${error.message}`)
    }
    if (removeDeadLock()) continue
    if (tries === 0) console.error(`Waiting for another installation (if none is running, delete ${lock}) …`)
    if (tries > 3000) throw new Failure(`Waited for 10 minutes. If no installation is running, delete ${lock}`)
    await sleep(200)
  }
}

// Moved away first and looked at again: another process may have replaced the dead lock with its own meanwhile.
function removeDeadLock() {
  const away = `${lock}-${process.pid}`
  try {
    if (isHeld(lock)) return false
    renameSync(lock, away)
    if (isHeld(away)) renameSync(away, lock)
    else rmSync(away, { recursive: true, force: true })
    return true
  } catch (error) {
    return error.code === 'ENOENT'
  }
}

function isHeld(folder) {
  const pids = readdirSync(folder).map(Number)
  return pids.length > 0 ? pids.some(isAlive) : Date.now() - statSync(folder).mtimeMs < 2000
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// npm_execpath may also name npx, pnpm or yarn. npm runs on its own Node: the brought one is replaced meanwhile.
function npmCommand() {
  const path = process.env.npm_execpath ?? ''
  if (!/^np[mx]-cli\.js$/.test(basename(path))) return ['npm']
  return [process.env.npm_node_execpath ?? process.execPath, join(dirname(path), 'npm-cli.js')]
}

async function npm(...args) {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  const [command, ...before] = npmCommand()
  let output = ''
  const options = { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: windows && command === 'npm' }
  const { error, code, stoppedBy } = await run(command, [...before, ...args, ...quiet], options, child => {
    // A killed launcher leaves npm running: as long as npm lives, the lock holds.
    if (child.pid) writeFileSync(join(lock, String(child.pid)), '')
    for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (output += text))
  })
  if (error?.code === 'ENOENT') throw new Failure('npm was not found. Install Node.js with npm: https://nodejs.org')
  if (stoppedBy) throw Object.assign(new Failure('Installation stopped.'), { signal: stoppedBy })
  const advice = 'The dependencies could not be installed. Mend what npm says above and run the same command again.'
  if (code !== 0) throw new Failure(`${error?.message ?? output.trim()}\n\n${advice}`)
}

// Only npm 11 obeys allowScripts; npm 10, which comes with Node 20 and 22, would compile what is there already.
async function install(withDev) {
  console.error('Installing dependencies from package-lock.json …')
  await npm('ci', withDev ? '--include=dev' : '--omit=dev', '--ignore-scripts')
  const { allowScripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  const allowed = Object.keys(allowScripts).filter(name => allowScripts[name] && existsSync(inRoot(`node_modules/${name}`)))
  if (allowed.length > 0) await npm('rebuild', ...allowed)
}

async function installOnce(withDev) {
  if (isInstalled(withDev)) return false
  await takeLock()
  try {
    if (!isInstalled(withDev)) await install(withDev)
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
  return true
}

function run(command, args, options, onStart) {
  return new Promise(resolve => {
    const child = spawn(command, args, options)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    let stoppedBy
    const stop = signal => {
      // A terminal gives Ctrl-C to the child as well: once is enough.
      if (!stoppedBy && !(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal)
      stoppedBy ??= signal
    }
    const end = result => {
      for (const signal of signals) process.off(signal, stop)
      resolve({ stoppedBy, ...result })
    }
    for (const signal of signals) process.on(signal, stop)
    child.on('error', error => end({ error })).on('close', (code, signal) => end({ code, signal }))
    onStart?.(child)
  })
}

function commandLine(withDev, [name, ...args]) {
  const tools = {
    vitest: 'node_modules/vitest/vitest.mjs',
    check: 'checks/check.ts',
    bench: 'bench/bench.ts',
    crash: 'bench/crash.ts',
    durability: 'bench/durability.ts',
    scale: 'bench/scale.ts',
    soak: 'bench/soak.ts'
  }
  if (withDev && Object.hasOwn(tools, name ?? '')) return [inRoot(tools[name]), ...args]
  if (name === 'dev') return ['--watch', server, 'start', ...args]
  return name === undefined ? [server] : [server, name, ...args]
}

function leave({ message, error = message, code = 1, signal }) {
  if (error) console.error(error.message ?? error)
  if (signal) process.kill(process.pid, signal)
  else process.exit(code)
}

// npm hands a signal to its shell only, which dies of it and leaves this process behind.
function stopWithNpm() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

async function prepare(withDev) {
  const installed = await installOnce(withDev || runsOnBroughtNode || !runsTypeScript)
  const node = runsTypeScript && !(runsOnBroughtNode && installed) ? process.execPath : broughtNode
  if (existsSync(node)) return node
  throw new Failure(`npm did not bring the Node it should (are install scripts switched off?). Install Node 24 yourself.`)
}

if (process.env.npm_lifecycle_event) stopWithNpm()
const withDev = process.argv[2] === '--with-dev'
const command = commandLine(withDev, process.argv.slice(withDev ? 3 : 2))
try {
  const node = await prepare(withDev)
  // What Node makes of the sources is kept: the second start takes half the time.
  process.env.NODE_COMPILE_CACHE ??= inRoot('node_modules/.cache/liveforce')
  process.env.PATH = [dirname(node), inRoot('node_modules/.bin'), process.env.PATH].join(delimiter)
  if (node === process.execPath && command[0] === server) process.argv = [node, ...command]
  else leave(await run(node, command, { stdio: 'inherit' }))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  leave(error)
}
nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)
if (process.argv[1] === server) await import(pathToFileURL(server))
