import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

// Who may import whom, executed.

const root = import.meta.dirname
const features = [
  'staff',
  'auth',
  'customers',
  'files',
  'leads',
  'deals',
  'tickets',
  'calls',
  'reports',
  'organizations',
  'backup',
  'seed',
  'cli'
]
const ground = ['db', 'platform']

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
const products = sources.filter(path => !/\.test(ing)?\.ts$/.test(path) && path !== 'testing.ts')
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] as string) : '')

const imports = products.flatMap(from =>
  [...textOf(from).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) => ({
    from,
    to: relative(root, resolve(root, dirname(from), target as string))
  }))
)

test('every folder of the server is ground or a feature in the order', () => {
  const folders = new Set(products.map(folderOf).filter(Boolean))
  expect([...folders].filter(folder => !ground.includes(folder) && !features.includes(folder))).toEqual([])
})

test('the ground imports no feature', () => {
  expect(imports.filter(({ from, to }) => ground.includes(folderOf(from)) && features.includes(folderOf(to)))).toEqual([])
})

test('a feature imports only features before it', () => {
  const backward = imports.filter(({ from, to }) => {
    const [own, other] = [features.indexOf(folderOf(from)), features.indexOf(folderOf(to))]
    return own >= 0 && other >= 0 && other > own
  })
  expect(backward).toEqual([])
})

test('routes and the contract are mounted by app.ts and known to nobody else', () => {
  const isRoutes = (path: string): boolean => /(^|\/)(routes|.*v1)\.ts$/.test(path) && !path.startsWith('platform/')
  expect(imports.filter(({ from, to }) => isRoutes(to) && from !== 'app.ts' && dirname(from) !== dirname(to))).toEqual([])
})

test('only main, the command line and tests start the app', () => {
  expect(imports.filter(({ from, to }) => to === 'app.ts' && !['main.ts'].includes(from) && folderOf(from) !== 'cli')).toEqual([])
})

test('only the database folder builds queries without an organization, and the few places that must', () => {
  const free = /\.kysely\s*\.?\s*\.(selectFrom|insertInto|updateTable|deleteFrom|replaceInto)\(/
  const allowed = [
    'auth/queries.ts',
    'backup/restore.ts',
    'backup/search.ts',
    'organizations/actions.ts',
    'organizations/queries.ts',
    'platform/credits.ts',
    'platform/events.ts',
    'platform/leases.ts',
    'platform/slots.ts',
    'files/queries.ts',
    'files/sweep.ts',
    'tickets/actions.ts'
  ]
  const found = products.filter(path => !path.startsWith('db/') && free.test(textOf(path).replace(/\s+/g, ' ')))
  expect(found.filter(path => !allowed.includes(path) && folderOf(path) !== 'seed')).toEqual([])
})

test('files stay small: the median at most 70 lines, most at most 250, none over 400', () => {
  const lengths = products
    .filter(path => path !== 'db/tables.ts' && !path.startsWith('db/migrations/'))
    .map(path => ({ path, lines: textOf(path).split('\n').length }))
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b)
  expect(lengths.filter(({ lines }) => lines > 400)).toEqual([])
  expect(lengths.filter(({ lines }) => lines > 250).length).toBeLessThanOrEqual(Math.ceil(lengths.length / 20))
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(70)
})

test('no barrels, no catch-all folders', () => {
  expect(products.filter(path => /(^|\/)index\.ts$|(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(path))).toEqual([])
})
