import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, expect, test } from 'vitest'
import { migrate } from '../db/migrate.ts'
import { openSqlite } from '../db/sqlite/store.ts'

// Real processes on one database, with leases of a second.

const folder = await mkdtemp(join(tmpdir(), 'liveforce-lease-'))
const path = join(folder, 'test.db')
const store = openSqlite(path)
await migrate(store)
await store.close()
const database = new Sqlite(path)
const children = new Set<ChildProcessWithoutNullStreams>()

afterEach(async () => {
  await Promise.all([...children].map(child => end(child)))
  database.exec('delete from leases')
})
afterAll(async () => {
  database.close()
  await rm(folder, { recursive: true })
})

const ms = 1000

interface Candidate {
  child: ChildProcessWithoutNullStreams
  /** What it said, with the moment. */
  said: { word: string; at: number }[]
}

function candidate(): Candidate {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'leases.testing.ts'), path, String(ms)])
  const said: Candidate['said'] = []
  child.stdout.on('data', text => {
    for (const word of String(text).trim().split('\n')) said.push({ word, at: performance.now() })
  })
  children.add(child)
  return { child, said }
}

async function end(child: ChildProcessWithoutNullStreams, signal?: NodeJS.Signals): Promise<void> {
  children.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  if (signal) child.kill(signal)
  else child.stdin.end()
  await ended
}

async function until(condition: () => boolean): Promise<number> {
  while (!condition()) await wait(5)
  return performance.now()
}

const isWorking = ({ said }: Candidate): boolean => said.at(-1)?.word === 'begin'
const untilOf = database.prepare("select until from leases where name = 'test'").pluck()

async function renewed(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const before = untilOf.get()
    await until(() => untilOf.get() !== before)
  }
}

/** Two candidates, the one that works first. */
async function pair(): Promise<[Candidate, Candidate]> {
  const both = [candidate(), candidate()] as const
  await until(() => both.some(isWorking))
  return isWorking(both[0]) ? [both[0], both[1]] : [both[1], both[0]]
}

test('of several processes one works, as long as it lives', async () => {
  const [first, second] = await pair()
  const third = candidate()
  await renewed(6)
  expect([first, second, third].map(({ said }) => said.map(({ word }) => word))).toEqual([['begin'], [], []])
})

test('one that stops is followed at once, one that is killed after its lease', async () => {
  const [first, second] = await pair()
  await end(first.child)
  expect(first.said.map(({ word }) => word)).toEqual(['begin', 'end'])
  const stopped = performance.now()
  expect((await until(() => isWorking(second))) - stopped).toBeLessThan(ms / 3 + 400)

  const third = candidate()
  await once(third.child, 'spawn')
  await renewed(1)
  await end(second.child, 'SIGKILL')
  const killed = performance.now()
  const taken = (await until(() => isWorking(third))) - killed
  expect(taken).toBeGreaterThan(ms / 2)
  expect(taken).toBeLessThan(ms * 3)
})

test('of several that take over at once one does', async () => {
  database.exec("insert into leases values ('test', 'dead', 1)")
  const all = [candidate(), candidate(), candidate()]
  database.exec('begin immediate')
  // Until all have looked long enough and wait for the lock.
  await wait(ms * 3.5)
  database.exec('rollback')
  await until(() => all.some(isWorking))
  await renewed(6)
  expect(all.filter(({ said }) => said.length > 0)).toHaveLength(1)
})

test('a holder that cannot renew ends its work before another begins', async () => {
  const [first, second] = await pair()
  database.exec('begin immediate')
  const locked = performance.now()
  expect((await until(() => first.said.length === 2)) - locked).toBeLessThan(ms * 2)
  database.exec('rollback')
  await until(() => isWorking(first) || isWorking(second))
  const both = [...first.said, ...second.said].sort((one, other) => one.at - other.at)
  expect(both.map(({ word }) => word)).toEqual(['begin', 'end', 'begin'])
})

test('a holder that is suspended has lost its lease when it wakes, and ends its work', async () => {
  const [first, second] = await pair()
  first.child.kill('SIGSTOP')
  await until(() => isWorking(second))
  first.child.kill('SIGCONT')
  await until(() => first.said.length === 2)
  expect([first, second].map(isWorking)).toEqual([false, true])
})

test('a clock that was set changes nothing: a dead holder of the future is followed, a living one of the past is not', async () => {
  const set = database.prepare("insert or replace into leases values ('test', 'somebody', ?)")
  const begun = performance.now()
  const one = candidate()
  for (let at = 1; performance.now() - begun < ms * 3; at++) {
    set.run(at)
    await wait(ms * 0.6)
  }
  expect(one.said).toEqual([])
  set.run(Date.now() + 1e12)
  await until(() => isWorking(one))
})
