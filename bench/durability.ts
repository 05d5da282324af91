import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, open } from './load.ts'
import { findUploads, findWrites, type Proof } from './proofs.ts'
import { say, table } from './report.ts'
import { post } from './requests.ts'
import type { Seeded } from './seed.ts'
import { type Server, startBaseline, startProduct } from './servers.ts'
import { seed } from './sqlite.ts'
import { readTrace } from './trace.ts'

// npm run durability: a trace of system calls shows that what a reply acknowledges was synced to the disk before it was sent.
// A kill alone would pass without a sync, for the system keeps what a dead process wrote; a power cut does not.

const alone = 50
const together = 320
const calls = 'read,write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2'

if (process.platform !== 'linux' || spawnSync('strace', ['-V']).status !== 0) {
  console.error('Unchecked: this needs Linux with strace. Install it, for example with: apt-get install strace')
  process.exit(2)
}

const root = mkdtempSync(join(tmpdir(), 'liveforce-durability-'))
try {
  process.exitCode = (await checkAll()) ? 0 : 1
} finally {
  rmSync(root, { recursive: true, force: true })
}

async function checkAll(): Promise<boolean> {
  const seeded = await seed(root, { rows: 100, leads: false })
  const database = join(seeded.folder, 'liveforce.db')
  const product = await traced(seeded, wrap => startProduct(seeded.folder, { wrap }), { uploads: true })
  const full = await traced(seeded, wrap => startBaseline(database, 'full', { wrap }), { uploads: false })
  const off = await traced(seeded, wrap => startBaseline(database, 'off', { wrap }), { uploads: false })
  say(
    table(
      ['server', 'requests', 'answered', 'synced before the reply', 'not synced'],
      [
        ...product.map(proof => ['the product', ...cells(proof)]),
        ...full.map(proof => ['the baseline, synchronous=FULL', ...cells(proof)]),
        ...off.map(proof => ['the baseline, synchronous=OFF: must fail', ...cells(proof)])
      ]
    )
  )
  const isGood = product.every(isDurable)
  // Without these the check could pass because it sees nothing.
  const isSharp = full.every(isDurable) && off.every(({ answered, synced }) => answered > 0 && synced === 0)
  for (const { failures } of product) for (const failure of failures.slice(0, 10)) say(`FAILED: ${failure}`)
  if (!isSharp) say('FAILED: the check does not tell synchronous=FULL from synchronous=OFF')
  if (isGood && isSharp) say('Every reply came after the sync of what it acknowledges.')
  return isGood && isSharp
}

function isDurable({ sent, answered, synced }: Proof): boolean {
  return answered === sent && synced === answered
}

function cells({ what, sent, answered, synced }: Proof): string[] {
  return [`${sent} ${what}`, String(answered), String(synced), String(answered - synced)]
}

/** Runs a server under strace, loads it, and reads from the trace what was synced when. */
async function traced(
  seeded: Seeded,
  start: (wrap: string[]) => Promise<Server>,
  { uploads }: { uploads: boolean }
): Promise<Proof[]> {
  const path = join(root, 'trace')
  const server = await start(['strace', '-f', '-yy', '-s', '6000', '-o', path, '-e', `trace=${calls}`])
  try {
    await create(server, seeded, { prefix: 'alone', count: alone, connections: 1 })
    await create(server, seeded, { prefix: 'together', count: together, connections: 32 })
    if (uploads) await upload(server, seeded)
  } finally {
    await server.stop()
  }
  const trace = readTrace(readFileSync(path, 'latin1'))
  rmSync(path)
  return [
    findWrites(trace, 'creates, one at a time', tokens('alone', alone)),
    findWrites(trace, 'creates over 32 connections', tokens('together', together)),
    ...(uploads ? [findUploads(trace, 'creates with a file', tokens('upload', alone))] : [])
  ]
}

/** What each request can be told by; they end in a letter, so that none begins another one. */
function tokens(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}z`)
}

interface Creates {
  prefix: string
  count: number
  connections: number
}

async function create({ port }: Server, { authorization }: Seeded, { prefix, count, connections }: Creates): Promise<void> {
  const subjects = tokens(prefix, count)
  const next = () => {
    const subject = subjects.shift() as string
    return post('/api/v1/ticket/create', authorization, { subject, message: 'It does not print.', staff_id: '1' })
  }
  await load({ port, connections, requests: count, next })
}

async function upload({ port }: Server, { authorization }: Seeded): Promise<void> {
  const connection = await open(port)
  for (const subject of tokens('upload', alone)) {
    const file = { filename: `${subject}.bin`, content: Buffer.alloc(2000, subject) }
    await connection.send(
      post('/api/v1/ticket/create', authorization, { subject, message: 'See the file.', staff_id: '1' }, [file])
    )
  }
  connection.close()
}
