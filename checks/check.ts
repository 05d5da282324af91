import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { disagreements } from './deploy.ts'

// `npm run check`: everything that can be said of the code without running the product.

const root = resolve(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

const checks: [name: string, run: () => boolean][] = [
  ['format and lint', () => run(join(modules, '@biomejs/biome/bin/biome'), ['ci', '--error-on-warnings', '.'])],
  ['types', () => run(join(modules, 'typescript/bin/tsc'), ['-p', '.'])],
  ['layout', () => run(join(modules, 'vitest/vitest.mjs'), ['run', 'server/layout.test.ts', '--project', 'sqlite', '--silent'])],
  ['unused code', () => run(join(modules, 'knip/bin/knip.js'), [])],
  ['paths in documents', checkDocuments],
  ['ways to run it', checkDeployment]
]

const failed = checks.filter(([name, check]) => {
  const passed = check()
  console.error(`${passed ? 'ok    ' : 'FAILED'} ${name}`)
  return !passed
})
process.exit(failed.length === 0 ? 0 : 1)

function run(script: string, args: string[]): boolean {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' })
  if (status !== 0) console.error(`${stdout}${stderr}`)
  return status === 0
}

/** What is said of the product around it must be true of it. */
function checkDeployment(): boolean {
  const lines = disagreements(root)
  for (const line of lines) console.error(line)
  return lines.length === 0
}

/** Every path and link that a document names must be there. */
function checkDocuments(): boolean {
  const documents = [...readdirSync(root), ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`)].filter(name =>
    name.endsWith('.md')
  )
  const missing = documents.flatMap(name => {
    const text = readFileSync(join(root, name), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path]) =>
      join(dirname(name), path as string)
    )
    const named = [...text.matchAll(/`((?:server|bench|checks|docs|web|sdk)\/[\w./-]+\.(?:ts|md|mjs))`/g)].map(
      ([, path]) => path as string
    )
    return [...links, ...named]
      .filter(path => !existsSync(join(root, path)))
      .map(path => `${name} names ${path}, which is not there`)
  })
  for (const line of missing) console.error(line)
  return missing.length === 0
}
