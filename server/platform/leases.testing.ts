import { pino } from 'pino'
import { readConfig } from '../config.ts'
import { openStore } from '../db/open.ts'
import { underLease } from './leases.ts'

// A process of its own that wants the lease `test` for argv[2] milliseconds at a time. It says `begin` and
// `end` with its work, and stops when its input ends.

const store = openStore(readConfig(process.env).database)
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
  Number(process.argv[2])
)
process.stdin.resume().on('end', async () => {
  await leading.stop()
  await store.close()
})
