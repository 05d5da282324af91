import { expect, test } from 'vitest'
import { quiet, run } from './cli.testing.ts'

const cases: [what: string, change: Partial<URL>, told: string][] = [
  ['a host that is not there', { hostname: 'nowhere.invalid' }, 'does not answer; check its host and port, and the network'],
  ['a port where nobody listens', { port: '1' }, 'does not answer; check its host and port, and the network'],
  ['an unknown database', { pathname: '/nowhere' }, 'names a database that is not there; create it'],
  ['an unknown user', { username: 'nobody_here' }, 'is refused with this user and password; check them']
]

test.each(cases)('%s in DATABASE_URL is told in one line that names it, without secrets', async (_what, change, told) => {
  const env = await quiet()
  const url = Object.assign(new URL(env.DATABASE_URL as string), change)
  for (const words of [['start'], ['start', '--workers', '2'], ['migrate'], ['seed', '--demo']]) {
    const { code, stdout, stderr } = await run(words, { ...env, DATABASE_URL: url.href })
    expect([words, code, stdout, stderr]).toEqual([words, 1, '', `error: DATABASE_URL ${told}\n`])
  }
})
