import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { query } from '../server/postgres.testing.ts'
import { figure, machine, note, say, table } from './report.ts'
import { checkAll } from './soak-checks.ts'
import { faultsOf } from './soak-faults.ts'
import type { Asked, Journal, LoadTask, Order } from './soak-load.ts'
import { connections as pooled, type Stage, setUp, type Wanted } from './soak-stage.ts'
import { Watch } from './soak-watch.ts'

// npm run soak -- [--minutes 3] [--postgres | --sqlite] [--workers 1]: faults in turn under a mixed load, and what must hold all the
// while. Without a database it takes one after the other, so many minutes each.

const warmUpMs = 15_000
const quietMs = 6500
/** Grown by more than this and a third, memory is not flat. */
const roomMb = 40

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false }
  }
})
const [minutes, workers] = [Number(values.minutes), Number(values.workers)]
if (!(minutes > 0) || !Number.isInteger(workers) || workers < 1) {
  console.error('--minutes must be a number above 0, --workers a whole number from 1')
  process.exit(2)
}

const undo: (() => unknown)[] = []
let isStopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, async () => {
    if (isStopping) return
    isStopping = true
    await tearDown()
    process.exit(130)
  })
}

async function tearDown(): Promise<void> {
  for (let step = undo.pop(); step; step = undo.pop()) {
    try {
      await step()
    } catch (error) {
      console.error(error)
    }
  }
}

/** One database, so many minutes; whether every promise was kept. */
async function soak(wanted: Wanted): Promise<boolean> {
  note(`Setting up ${wanted.database} …`)
  const stage = await setUp(wanted, undo)
  const watch = new Watch(stage.seats)
  const clients = stage.authorizations.map((authorization, index) =>
    startClient({ name: `t${index}`, authorization, connections: 6, seed: index + 1 }, watch)
  )
  const notDone = await playFaults(stage, watch, clients)
  const journals = await Promise.all(clients.map(client => client.finish()))
  const memory = watch.memory()
  const connections = await countConnections(stage)
  await Promise.all(stage.seats.map(({ server }) => server.stop()))
  const { figures, failures } = await checkAll(stage, journals)
  if (memory.last > memory.warm * 1.33 + roomMb)
    failures.push(`memory grew from ${figure(memory.warm)} to ${figure(memory.last)} MB`)
  if (connections > mostConnections(stage)) failures.push(`${connections} connections to PostgreSQL were left open`)
  return tell(
    stage,
    watch,
    notDone,
    [
      ...figures,
      `memory of server A: ${figure(memory.warm)} MB when warm, ${figure(memory.last)} MB at the end; by minutes: ${memory.minutes.map(figure).join(', ')}`,
      ...(stage.wire ? [`connections to PostgreSQL at the end: ${connections} of at most ${mostConnections(stage)}`] : [])
    ],
    [...watch.failures, ...failures]
  )
}

interface Client {
  order(order: Order): void
  finish(): Promise<Journal>
}

function startClient(workerData: LoadTask, watch: Watch): Client {
  const thread = new Worker(new URL('soak-load.ts', import.meta.url), { workerData })
  undo.push(() => thread.terminate())
  const journal = new Promise<Journal>((resolve, reject) => {
    thread.on('message', (message: Asked | { journal: Journal }) => {
      if ('journal' in message) resolve(message.journal)
      else watch.see(message)
    })
    thread.on('error', reject)
  })
  journal.catch(() => {})
  const order = (order: Order): void => thread.postMessage(order)
  return {
    order,
    finish: () => {
      order('finish')
      return journal
    }
  }
}

/** One fault after another, with quiet between them, until the time is over. Resolves with what could not be done. */
async function playFaults(stage: Stage, watch: Watch, clients: Client[]): Promise<string[]> {
  const tellPorts = (): void => {
    const ports = stage.seats.map(({ server }) => server.port)
    for (const client of clients) client.order({ ports })
  }
  tellPorts()
  const deadline = Date.now() + minutes * 60_000
  await wait(warmUpMs)
  const { faults, notDone } = faultsOf(stage)
  for (let turn = 0; Date.now() < deadline && !isStopping; turn++) {
    const { name, run } = faults[turn % faults.length]!
    const end = watch.begin(name)
    await run()
    end()
    tellPorts()
    await wait(quietMs)
    const spell = watch.spells.at(-1)!
    note(`  ${name}: ${spell.refusals} refused, recovered in ${spell.recovered} ms`)
  }
  return [...notDone, ...faults.slice(watch.spells.length).map(({ name }) => `${name}: the time was over`)]
}

/** A pool, its reports' pool and reader threads, in each process of each server. */
const mostConnections = ({ seats, workers }: Stage): number => seats.length * workers * (pooled + 3 + 4)

async function countConnections({ wire }: Stage): Promise<number> {
  if (!wire) return 0
  const sql = "select count(*)::int as count from pg_stat_activity where datname = 'soak' and application_name = 'liveforce'"
  return (await query(wire.server.url, sql))[0].count
}

function tell(stage: Stage, watch: Watch, notDone: string[], figures: string[], failures: string[]): boolean {
  const spells = watch.spells.map(({ name, from, to, refusals, unsure, recovered, longest }) => [
    name,
    `${((to - from) / 1000).toFixed(1)} s`,
    String(refusals),
    String(unsure),
    `${recovered} ms`,
    `${longest} ms`
  ])
  say(`\n${stage.title}; ${minutes} minutes, ${watch.requests} requests; ${machine()}\n`)
  say(table(['fault', 'lasted', 'refused', 'unsure', 'last refusal after its end', 'longest answer'], spells))
  say(`\nanswers: ${[...watch.counts].map(([word, count]) => `${count} ${word}`).join(', ')}`)
  say(figures.join('\n'))
  for (const what of notDone) say(`not done: ${what}`)
  for (const failure of failures.slice(0, 50)) say(`FAILED: ${failure}`)
  const verdict = 'Nothing acknowledged was lost, nothing stands twice, and every fault was over five seconds after its end.'
  say(failures.length === 0 ? verdict : `${failures.length} failures`)
  return failures.length === 0
}

const databases = (['postgres', 'sqlite'] as const).filter(name => values[name] || values.postgres === values.sqlite)
for (const database of databases) {
  try {
    if (!(await soak({ database, workers, minutes }))) process.exitCode = 1
  } catch (error) {
    if (!isStopping) throw error
  } finally {
    if (!isStopping) await tearDown()
  }
}
