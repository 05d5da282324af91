import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeDatabase } from '../database.testing.ts'
import { basic, createOrganization, type Env, listed, newFolder, quiet, run, start, stop } from './cli.testing.ts'

/** The environment of an empty database of the project's kind. */
async function empty(): Promise<Env> {
  const database = await makeDatabase({ empty: true })
  afterAll(() => database?.drop())
  return { ...(await quiet()), ...(database && { DATABASE_URL: database.url }) }
}

const secondsRe = /[\d.]+ s/

test('what a serving installation backs up another serves, with the same credentials and file links', async () => {
  const [env, file] = [await empty(), join(await newFolder(), 'crm.tar.zst')]
  const { user } = await createOrganization(env)
  const served = await start(env)
  const form = new FormData()
  for (const [name, value] of [
    ['subject', 'Printer'],
    ['message', 'Help']
  ] as const)
    form.append(name, value)
  form.append('attachments[]', new File(['kept'], 'a.txt'))
  await fetch(`${served.url}/api/v1/ticket/create`, { method: 'POST', headers: basic(user), body: form })
  const details = await fetch(`${served.url}/api/v1/ticket/details/1`, { headers: basic(user) })
  const { data } = (await details.json()) as { data: { attachments: { url: string }[] } }

  const made = await run(['backup', file, '--json'], env)
  expect([made.code, JSON.parse(made.stdout)]).toEqual([
    0,
    {
      ...{ file, format: 1, program_version: '0.1.0', schema_version: expect.any(Number) },
      ...{ database: env.DATABASE_URL ? 'postgres' : 'sqlite', created_at: expect.stringMatching(/^20.*Z$/) },
      ...{ rows: expect.any(Number), files: 1, missing_files: 0, bytes: (await stat(file)).size, seconds: expect.any(Number) }
    }
  ])
  expect(made.stderr).toMatch(/^\d+ of \d+ rows and files\n/m)
  const verified = await run(['verify', file], {})
  expect([verified.code, verified.stdout]).toEqual([
    0,
    expect.stringMatching(/^The archive is whole: \d+ rows and 1 files, .*\nWritten by Liveforce 0\.1\.0 from .*\n$/)
  ])
  const listing = spawnSync('tar', ['--zstd', '-tf', file], { encoding: 'utf8' })
  if (listing.status === 0) expect(listing.stdout).toMatch(/^manifest\.json\n(tables\/.*\n)+files\/.*\nchecksums\.json\n$/)

  const other = await empty()
  const restored = await run(['restore', file], other)
  expect([restored.code, restored.stdout.replace(secondsRe, 'N s')]).toEqual([
    0,
    expect.stringMatching(/^Restored \d+ rows and 1 files, as they were at .*, in N s\. Every row is as in the archive\.\n$/)
  ])
  await stop(served.child)
  const { url } = await start(other)
  const answer = (await (await listed(url, user)).json()) as { data: { subject: string }[] }
  expect(answer.data.map(({ subject }) => subject)).toEqual(['Printer'])
  const link = new URL(data.attachments[0]!.url)
  expect(await (await fetch(url + link.pathname + link.search)).text()).toBe('kept')
})

test('an archive is not replaced without --force, and an empty or missing database makes none', async () => {
  const [env, folder] = [await empty(), await newFolder()]
  const file = join(folder, 'crm.tar.zst')
  const nothing = await run(['backup', file], env)
  expect([nothing.code, nothing.stdout]).toEqual([1, ''])
  expect(nothing.stderr).toMatch(/^error: (There is no database at|There is nothing to back up).*\n$/)
  await createOrganization(env)
  await writeFile(file, 'mine')
  const refused = await run(['backup', file], env)
  expect([refused.code, refused.stderr]).toEqual([
    1,
    `error: ${file} is there already; take another name, or --force to replace it\n`
  ])
  expect(await readFile(file, 'utf8')).toBe('mine')
  expect((await run(['backup', file, '--force', '--no-files'], env)).stdout).toMatch(/^Wrote \d+ rows, without files, to /)
  expect(JSON.parse((await run(['verify', file, '--json'], {})).stdout)).toMatchObject({ files: null, missing_files: 0 })
  expect(await readdir(folder)).toEqual(['crm.tar.zst'])
})

test('restore and verify say in one line what is wrong with an archive, and restore makes nothing of it', async () => {
  const [env, folder] = [await empty(), await newFolder()]
  const file = join(folder, 'crm.tar.zst')
  await writeFile(file, 'this is no archive')
  for (const words of [
    ['verify', file],
    ['restore', file],
    ['verify', join(folder, 'nowhere')],
    ['restore', folder]
  ]) {
    const { code, stdout, stderr } = await run(words, env)
    expect([words, code, stdout]).toEqual([words, 1, ''])
    expect(stderr).toMatch(/^error: .*(no archive of Liveforce|cannot be read).*\n$/)
    expect(stderr).toContain(words[1])
  }
  await createOrganization(env)
  const whole = join(folder, 'whole.tar.zst')
  await run(['backup', whole], env)
  const refused = await run(['restore', whole], env)
  expect([refused.code, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toMatch(/^error: The database has organizations already.*\n$/)
  expect(existsSync(`${whole}.partial`)).toBe(false)
})
