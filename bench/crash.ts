import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { open, Refusal } from './load.ts'
import { note, say } from './report.ts'
import { post } from './requests.ts'
import type { Seeded } from './seed.ts'
import { startProduct } from './servers.ts'
import { seed } from './sqlite.ts'
import { checkAll, checkLatest, contentOf, countLeftovers, type Written } from './survival.ts'
import { randomFrom } from './words.ts'

// npm run crash -- [--kills 200] [--seed NUMBER]: kills the server at random moments under load and looks for every acknowledged write.

const connections = 6
const longestMs = 500

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } }
})
const kills = Number(values.kills)
const random = randomFrom(Number(values.seed))
const acknowledged: Written[] = []
let sent = 0

const root = mkdtempSync(join(tmpdir(), 'liveforce-crash-'))
try {
  note(`${kills} kills, seed ${values.seed}`)
  const seeded = await seed(root, { rows: 100, leads: false })
  const failures: string[] = []
  for (let round = 1; round <= kills && failures.length === 0; round++) {
    failures.push(...(await killOnce(seeded, round)))
    if (round % 20 === 0) note(`  ${round} kills, ${acknowledged.length} writes acknowledged of ${sent}`)
  }
  await sweep(seeded.folder)
  const { figures, failures: found } = checkAll(seeded.folder, acknowledged)
  failures.push(...found)
  say([`${kills} kills, ${sent} writes sent, ${acknowledged.length} acknowledged`, ...figures].join('\n'))
  for (const failure of failures.slice(0, 50)) say(`FAILED: ${failure}`)
  say(
    failures.length === 0
      ? 'Nothing acknowledged was lost, nothing stands twice.'
      : `${failures.length} failures, seed ${values.seed}`
  )
  process.exitCode = failures.length === 0 ? 0 : 1
} finally {
  rmSync(root, { recursive: true, force: true })
}

/** Starts the server, looks for what was acknowledged before the last kill, loads it and kills it. */
async function killOnce(seeded: Seeded, round: number): Promise<string[]> {
  const server = await startProduct(seeded.folder)
  const failures = checkLatest(seeded.folder, acknowledged)
  const loading = Array.from({ length: connections }, (_, index) =>
    write(server.port, seeded.authorization, `k${round}c${index}`)
  )
  const outcomes = Promise.allSettled(loading)
  await wait(random() * longestMs)
  await server.stop('SIGKILL')
  for (const outcome of await outcomes) {
    if (outcome.status === 'rejected') failures.push(`a write was refused: ${outcome.reason}`)
  }
  return failures
}

/** Opens tickets one after another until the server is gone; every third one has one or two files. */
async function write(port: number, authorization: string, name: string): Promise<void> {
  const connection = await open(port)
  try {
    for (let count = 0; ; count++) {
      const subject = `${name}n${count}`
      const files =
        count % 3 === 2 ? Array.from({ length: 1 + Math.floor(random() * 2) }, (_, index) => fileOf(subject, index)) : []
      const fields = { subject, message: `${subject} ${'and it does not print '.repeat(10)}`, staff_id: '1' }
      sent += 1
      const { data } = JSON.parse(await connection.send(post('/api/v1/ticket/create', authorization, fields, files)))
      acknowledged.push({ subject, number: Number(data.ticketid), files: files.map(({ filename }) => filename) })
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
  } finally {
    connection.close()
  }
}

/** A file whose name says what must be in it. */
function fileOf(subject: string, index: number): { filename: string; content: Buffer } {
  const filename = `${subject}-${index}-${1 + Math.floor(random() * 100_000)}.bin`
  return { filename, content: contentOf(filename) }
}

/** Lets the server remove what the kills left: it does at its start, with files older than a day. */
async function sweep(folder: string): Promise<void> {
  const old = new Date(Date.now() - 2 * 86_400_000)
  const files = readdirSync(join(folder, 'files'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  for (const { parentPath, name } of files) utimesSync(join(parentPath, name), old, old)
  note(`  ${countLeftovers(folder)} files without a row, before they are swept`)
  const server = await startProduct(folder)
  const deadline = Date.now() + 30_000
  while (countLeftovers(folder) > 0 && Date.now() < deadline) await wait(50)
  await server.stop()
}
