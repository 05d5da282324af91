import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { makeDatabase } from './database.testing.ts'
import { query } from './postgres.testing.ts'

// The tests' own PostgreSQL: it must be there, and must not stay.

const launcher = JSON.stringify(join(import.meta.dirname, 'postgres.testing.ts'))
const pooler = JSON.stringify(join(import.meta.dirname, 'pgbouncer.testing.ts'))

/** A process that starts a server of its own, prints `run` of it and waits to be ended. */
async function launch(run: string, env: NodeJS.ProcessEnv = {}) {
  const code = `const { startPostgres } = await import(${launcher}); const server = await startPostgres(); ${run}`
  const { TEST_DATABASE_URL: _, ...own } = process.env
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', text => {
    output.stdout += text
  })
  child.stderr.on('data', text => {
    output.stderr += text
  })
  return { child, output }
}

const folderOf = async (url: string): Promise<string> =>
  dirname((await query(url, "select current_setting('data_directory') as folder"))[0].folder)

const isGone = async (url: string, folder: string): Promise<boolean> =>
  !existsSync(folder) &&
  (await query(url, 'select 1').then(
    () => false,
    () => true
  ))

test('a run of the tests that is killed leaves neither a server nor its folder', async () => {
  const { child, output } = await launch('console.log(server.url); setInterval(() => {}, 1000)')
  while (!output.stdout.includes('\n')) {
    expect(child.exitCode, output.stderr).toBeNull()
    await wait(20)
  }
  const url = output.stdout.trim()
  const folder = await folderOf(url)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  child.kill('SIGKILL')
  await expect.poll(() => isGone(url, folder), { timeout: 20_000 }).toBe(true)
})

test('a run that is killed leaves no pooler either', async () => {
  const { url } = inject('postgres')!
  const run = `const { startPgBouncer } = await import(${pooler}); const { through } = await startPgBouncer('${url}')
    console.log(through('${url}')); setInterval(() => {}, 1000)`
  const { child, output } = await launch(run)
  while (!output.stdout.includes('\n')) {
    expect(child.exitCode, output.stderr).toBeNull()
    await wait(20)
  }
  const pooled = output.stdout.trim()
  expect(await query(pooled, 'select 1 as one')).toEqual([{ one: 1 }])
  child.kill('SIGKILL')
  const refused = (): Promise<boolean> =>
    query(pooled, 'select 1').then(
      () => false,
      error => error.code === 'ECONNREFUSED'
    )
  await expect.poll(refused, { timeout: 10_000 }).toBe(true)
})

test('a stopped server is gone when the stop is done', async () => {
  const { child, output } = await launch('console.log(server.url); await server.stop()')
  const [code] = await once(child, 'close')
  expect(code, output.stderr).toBe(0)
  await expect(query(output.stdout.trim(), 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a kind of PostgreSQL that is not there fails and says what helps', async () => {
  const { child, output } = await launch('', { TEST_POSTGRES: 'mine' })
  expect((await once(child, 'close'))[0]).toBe(1)
  expect(output.stderr).toContain('TEST_POSTGRES is "mine", but must be system or npm')
})

test('every database is new, apart from others, and gone when dropped', async () => {
  const [one, other] = [(await makeDatabase())!, (await makeDatabase({ empty: true }))!]
  await query(one.url, 'create table mine (id integer)')
  await expect(query(other.url, 'select * from mine')).rejects.toThrow('does not exist')
  await one.drop()
  await expect(query(one.url, 'select 1')).rejects.toThrow('does not exist')
  await other.drop()
})
