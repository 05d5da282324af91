import { pino } from 'pino'
import { openSqlite } from '../db/sqlite/store.ts'
import { underLease } from './leases.ts'

// A process of its own that wants the lease `test` of the database at argv[2] for argv[3] milliseconds at a time. It says `begin` and
// `end` with its work, and stops when its input ends.

const store = openSqlite(process.argv[2] as string)
const say = (word: string): void => void process.stdout.write(`${word}\n`)
const leading = underLease(
  store,
  'test',
  async signal => {
    say('begin')
    await new Promise<void>(resolve => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    say('end')
  },
  pino({ level: 'silent' }),
  Number(process.argv[3])
)
process.stdin.resume().on('end', async () => {
  await leading.stop()
  await store.close()
})
