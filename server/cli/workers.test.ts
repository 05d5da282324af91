import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { basic, listed, parseCurl, quiet, run, start, stop } from './cli.testing.ts'
import { ask, isAlive, processesOf, untilServing, workersIn } from './processes.testing.ts'

// `start --workers`: the life of its processes.

const two = ['start', '--workers', '2']
const told = async () => ({ ...(await quiet()), LOG_LEVEL: 'info' })

const countOf = (page: string, route: string): number =>
  Number(new RegExp(`request_duration_seconds_count\\{[^}]*route="${route}",status="200"\\} (\\d+)`).exec(page)?.[1] ?? 0)

test('several processes serve one address; the first start prints its credentials once', async () => {
  const env = await quiet()
  const { url, child, output } = await start(env, two)
  const { url: address, user } = parseCurl(output.stdout)
  expect(address).toBe(`${url}/api/v1/ticket/create`)
  expect(output.stderr).toBe('')
  const replies = await Promise.all(Array.from({ length: 10 }, () => ask(`${url}/readyz`)))
  expect(processesOf(replies)).toBe(2)
  const documents = await Promise.all([ask(`${url}/api/v1/openapi.json`), ask(`${url}/api/v1/openapi.json`)])
  for (const { text } of documents) expect(JSON.parse(text).servers[0].url).toContain(url)
  expect(await stop(child)).toBe(0)
  const later = await start({ ...env, WORKERS: '3' })
  expect(later.output.stdout).toBe(`Liveforce is running at ${later.url}\n`)
  expect((await listed(later.url, user)).status).toBe(200)
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(`${later.url}/healthz`)))
  expect(processesOf(answers)).toBe(3)
})

test('a worker that is killed is started again, and the address answers meanwhile', async () => {
  const { url, output } = await start(await told(), two)
  const statuses = new Set<number>()
  for (const count of [3, 4]) {
    process.kill((await untilServing(output, count - 1)).at(-1)!, 'SIGKILL')
    while (workersIn(output).length < count) statuses.add((await ask(`${url}/readyz`).catch(() => ({ status: 503 }))).status)
  }
  expect(workersIn(output).filter(isAlive)).toHaveLength(2)
  expect(statuses).toContain(200)
  const replies = await Promise.all(Array.from({ length: 10 }, () => ask(`${url}/readyz`)))
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  expect(processesOf(replies)).toBe(2)
})

test('told to stop, the workers finish what is under way, and all processes end with 0', async () => {
  const { url, child, output } = await start(await told(), two)
  const { user } = parseCurl(output.stdout)
  const pids = await untilServing(output, 2)
  const post = () =>
    fetch(`${url}/api/v1/ticket/create`, {
      method: 'POST',
      headers: { ...basic(user), 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'Printer', message: 'On fire' })
    })
  const underWay = Array.from({ length: 20 }, post)
  await Promise.race(underWay)
  const stopped = stop(child)
  const answers = await Promise.allSettled(underWay)
  expect(await stopped).toBe(0)
  expect(answers.filter(answer => answer.status === 'fulfilled').length).toBeGreaterThan(0)
  for (const answer of answers) if (answer.status === 'fulfilled') expect([200, 503]).toContain(answer.value.status)
  expect(pids.filter(isAlive)).toEqual([])
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

test('workers whose primary is killed end by themselves', async () => {
  const { child, output } = await start(await told(), two)
  const pids = await untilServing(output, 2)
  expect(pids.filter(isAlive)).toHaveLength(2)
  child.kill('SIGKILL')
  while (pids.some(isAlive)) await wait(10)
})

test('a port in use and a worker that cannot start are told in one line, and nothing stays behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const env = await quiet()
  const PORT = String((taken.address() as AddressInfo).port)
  const refused = await run(two, { ...env, PORT })
  taken.close()
  expect([refused.code, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toMatch(new RegExp(`^error: PORT ${PORT} .*\\n$`))

  const lame = { NODE_OPTIONS: '--import="data:text/javascript,if(process.send)process.exit(3)"' }
  const failed = await run(two, { ...env, ...lame })
  expect(failed).toEqual({ code: 1, stdout: '', stderr: 'error: A worker ended before it could serve\n' })
  parseCurl((await start(env, two)).output.stdout)
})

test('a wrong number of workers is named', async () => {
  for (const WORKERS of ['0', '65', '1.5', 'many']) {
    const { code, stderr } = await run(['start'], { ...(await quiet()), WORKERS })
    expect([code, stderr]).toEqual([2, `error: WORKERS is "${WORKERS}", but must be a number of processes from 1 to 64\n`])
  }
  const { code, stderr } = await run(['start', '--workers', '0'], await quiet())
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: [^\n]*--workers[^\n]*\n$/)
})

test('/metrics is the sum of all workers, though one hangs, and never less than before', async () => {
  const { url, child, output } = await start(await told(), two)
  const before = countOf((await ask(`${url}/metrics`)).text, '/healthz')
  for (let i = 0; i < 7; i++) await ask(`${url}/healthz`)
  const pages = [(await ask(`${url}/metrics`)).text, (await ask(`${url}/metrics`)).text]
  expect(pages.map(page => countOf(page, '/healthz'))).toEqual([before + 7, before + 7])
  expect(pages[0]).toContain('process_cpu_seconds_total')

  const [one, other] = (await untilServing(output, 2)) as [number, number]
  process.kill(one, 'SIGSTOP')
  const began = performance.now()
  // Of two connections the other worker has one.
  const page = await Promise.any([ask(`${url}/metrics`), ask(`${url}/metrics`)])
  expect(performance.now() - began).toBeLessThan(4000)
  expect(countOf(page.text, '/healthz')).toBe(before + 7)
  process.kill(one, 'SIGCONT')

  process.kill(other, 'SIGKILL')
  await untilServing(output, 3)
  expect(countOf((await ask(`${url}/metrics`)).text, '/healthz')).toBe(before + 7)
  expect(await stop(child)).toBe(0)
})
