import { readConfig } from '../config.ts'
import { serve } from '../main.ts'
import { tell } from './failures.ts'
import { refusedToStart } from './start.ts'

// One of the processes that `start --workers` starts: it only serves. The environment says what and where.

const config = readConfig(process.env)
try {
  await serve(config, { snapshot: false }, async () => {})
} catch (error) {
  process.exit(tell(refusedToStart(error, config)))
}
