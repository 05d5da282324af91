import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { hold, makeEnv } from '../database.testing.ts'
import { migrate } from '../db/migrate.ts'
import { openStore } from '../db/open.ts'
import { queryIn } from '../testing.ts'

// Real processes on one database, with leases of a second.

const { env, drop } = await makeEnv()
const store = openStore(readConfig(env).database)
await migrate(store)
const children = new Set<ChildProcessWithoutNullStreams>()

afterEach(async () => {
  await Promise.all([...children].map(child => end(child)))
  await queryIn(store, 'delete from leases')
})
afterAll(async () => {
  await store.close()
  await drop()
})

const ms = 1000

interface Candidate {
  child: ChildProcessWithoutNullStreams
  /** What it said, with the moment. */
  said: { word: string; at: number }[]
}

function candidate(): Candidate {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'leases.testing.ts'), String(ms)], {
    env: { ...process.env, ...env }
  })
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

async function until(condition: () => boolean | Promise<boolean>): Promise<number> {
  while (!(await condition())) await wait(5)
  return performance.now()
}

const isWorking = ({ said }: Candidate): boolean => said.at(-1)?.word === 'begin'
const untilOf = async () => (await queryIn<{ until: number }>(store, "select until from leases where name = 'test'"))[0]?.until
/** Sets the lease as another holder would. */
const set = (holder: string, until: number) =>
  queryIn(
    store,
    "insert into leases values ('test', ?, ?) on conflict (name) do update set holder = excluded.holder, until = excluded.until",
    holder,
    until
  )
const untouched = 'update leases set until = until'

async function renewed(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const before = await untilOf()
    await until(async () => (await untilOf()) !== before)
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
  await set('dead', 1)
  const all = [candidate(), candidate(), candidate()]
  const free = await hold(store, untouched)
  // Until all have looked long enough and wait for the lock.
  await wait(ms * 3.5)
  await free()
  await until(() => all.some(isWorking))
  await renewed(6)
  expect(all.filter(({ said }) => said.length > 0)).toHaveLength(1)
})

test('a holder that cannot renew ends its work before another begins', async () => {
  const [first, second] = await pair()
  const free = await hold(store, untouched)
  const locked = performance.now()
  expect((await until(() => first.said.length === 2)) - locked).toBeLessThan(ms * 2)
  await free()
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
  const begun = performance.now()
  const one = candidate()
  for (let at = 1; performance.now() - begun < ms * 3; at++) {
    await set('somebody', at)
    await wait(ms * 0.6)
  }
  expect(one.said).toEqual([])
  await set('somebody', Date.now() + 1e12)
  await until(() => isWorking(one))
})
