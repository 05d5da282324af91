import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cursors } from './cursors.ts'
import { footprint, footprintParts } from './footprint.ts'
import { postgresDatabase } from './postgres.ts'
import { type Goal, goalTable, machine, note, say, writeInto } from './report.ts'
import { searches, searchParts } from './searches.ts'
import { sqliteDatabase } from './sqlite.ts'
import { streamParts, streams } from './streams.ts'
import { type Row, versus, versusGoals, versusParts, versusTable } from './versus.ts'
import { workerParts, workers } from './workers.ts'

const usage = `npm run bench -- [options]
  --postgres                   on PostgreSQL instead of SQLite: one that is started for it, or the one of TEST_DATABASE_URL
  --rows 1000,100000,1000000   how many rows the tables have; the last one also for search, filters, csv and report
  --only details,list,create,search,filters,cursors,csv,report,workers,memory
  --quick                      fewer rows and rounds: about three minutes
  --data FOLDER                keeps the filled databases there for the next run
  --write                      puts the report into docs/performance.md`

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    rows: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    data: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})
const allParts: string[] = [...versusParts, ...searchParts, 'cursors', ...streamParts, ...workerParts, ...footprintParts]
const parts = values.only?.split(',') ?? allParts
const scales = (values.rows ?? (values.quick ? '1000,20000' : '1000,100000,1000000')).split(',').map(Number)
const isWrong = parts.some(part => !allParts.includes(part)) || scales.some(rows => !Number.isSafeInteger(rows) || rows < 100)
if (values.help || isWrong) {
  console.error(usage)
  process.exit(values.help ? 0 : 1)
}

const root = values.data ? resolve(values.data) : mkdtempSync(join(tmpdir(), 'liveforce-bench-'))
const database = values.postgres ? await postgresDatabase(root, { keep: values.data !== undefined }) : sqliteDatabase(root)
try {
  const report = await run()
  if (values.write) writeInto(fileURLToPath(new URL('../docs/performance.md', import.meta.url)), report)
} finally {
  await database.stop()
  if (!values.data) rmSync(root, { recursive: true, force: true })
}

async function run(): Promise<string> {
  const quick = values.quick === true
  const sections: string[] = []
  const goals: Goal[] = []
  const tell = (section: string): void => {
    sections.push(section)
    say(`${section}\n`)
  }
  const add = (section: { table: string; goals: Goal[] }): void => {
    tell(section.table)
    goals.push(...section.goals)
  }
  tell(`Measured ${machine()}, ${database.title}.`)
  const wanted = (of: readonly string[]): string[] => parts.filter(part => of.includes(part))
  const rows: Row[] = []
  for (const scale of wanted(versusParts).length > 0 ? scales : []) {
    rows.push(...(await versus(database, await seeded(scale), { parts: wanted(versusParts), quick })))
  }
  if (rows.length > 0) add({ table: versusTable(rows), goals: versusGoals(rows, database) })
  const most = Math.max(...scales)
  if (wanted(searchParts).length > 0) add(await searches(database, await seeded(most), { parts: wanted(searchParts), quick }))
  if (wanted(['cursors']).length > 0) add(await cursors(database, await seeded(most), { quick }))
  if (wanted(streamParts).length > 0) add(await streams(database, await seeded(most), wanted(streamParts)))
  if (wanted(workerParts).length > 0) add(await workers(database, await seeded(Math.min(...scales)), { quick }))
  if (wanted(footprintParts).length > 0) add(await footprint(database, await seeded(Math.min(...scales))))
  const missed = goals.filter(({ met }) => !met).length
  tell(goalTable(goals))
  tell(`${goals.length - missed} of ${goals.length} goals met.`)
  return sections.join('\n\n')
}

function seeded(rows: number) {
  const leads = rows === Math.max(...scales) && [...searchParts, ...streamParts].some(part => parts.includes(part))
  note(`Filling ${rows.toLocaleString('en')} rows${leads ? ', leads too' : ''} …`)
  return database.seed({ rows, leads })
}
