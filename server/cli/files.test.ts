import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startS3 } from '../platform/storage/s3.testing.ts'
import { basic, type Env, newFolder, parseCurl, quiet, run, start } from './cli.testing.ts'

// FILES_URL, from the command line.

const s3 = await startS3()
const keys = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_EC2_METADATA_DISABLED: 'true' }

/** Opens a ticket with a file and gives what its link brings. */
async function sendAndFetch(url: string, user: string): Promise<string> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ subject: 'A', message: 'B' })) form.append(name, value)
  form.append('attachments[]', new File(['sent'], 'a.txt'))
  const created = await fetch(`${url}/api/v1/ticket/create`, { method: 'POST', headers: basic(user), body: form })
  const { ticketid } = ((await created.json()) as { data: { ticketid: string } }).data
  const details = await fetch(`${url}/api/v1/ticket/details/${ticketid}`, { headers: basic(user) })
  const { attachments } = ((await details.json()) as { data: { attachments: { url: string }[] } }).data
  return (await fetch(attachments[0]!.url)).text()
}

test('files lie in the bucket that FILES_URL names, and none in DATA_DIR', async () => {
  const env: Env = { ...(await quiet()), ...keys, FILES_URL: s3.url('firm/files') }
  const { url, output } = await start(env)
  expect(await sendAndFetch(url, parseCurl(output.stdout).user)).toBe('sent')
  expect(await s3.files('firm/files').names()).toHaveLength(1)
  expect((await readdir(env.DATA_DIR!)).filter(name => !name.startsWith('liveforce.db'))).toEqual([])
})

test('files lie in the folder that FILES_URL names', async () => {
  const folder = await newFolder()
  const env = { ...(await quiet()), FILES_URL: `file://${join(folder, 'my files')}` }
  const { url, output } = await start(env)
  expect(await sendAndFetch(url, parseCurl(output.stdout).user)).toBe('sent')
  expect(await readdir(join(folder, 'my files'))).toContain('incoming')
})

test.each([
  ['a bucket that is not there', { url: s3.url('x').replace('liveforce', 'elsewhere') }, /a bucket that is not there; create it/],
  ['an unknown key', { AWS_ACCESS_KEY_ID: 'NOBODY' }, /is refused with these credentials; check AWS_ACCESS_KEY_ID/],
  ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong-secret' }, /is refused with these credentials; check AWS_ACCESS_KEY_ID/],
  ['no credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /needs credentials; set AWS_ACCESS_KEY_ID/],
  ['a host that is not there', { url: 's3://x-y-z/?endpoint=http://nowhere.invalid' }, /does not answer; check its endpoint/]
] as const)(
  '%s keeps the server from starting, in one line that names FILES_URL',
  async (_what, { url, ...changed }: Record<string, string>, pattern) => {
    const FILES_URL = url ?? s3.url('x')
    const env = { ...(await quiet()), ...keys, ...changed, FILES_URL }
    for (const words of [['start'], ['seed', '--demo']]) {
      const { code, stdout, stderr } = await run(words, env)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^error: FILES_URL \(s3:.*\) .*\n$/)
      expect(stderr).toContain(FILES_URL)
      expect(stderr).toMatch(pattern)
      expect(stderr).not.toContain('wrong-secret')
    }
  }
)

test('a port where no S3 answers, and then nobody, is named too', async () => {
  const server = createServer((_request, response) => response.writeHead(404).end('<html>no such page')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const FILES_URL = `s3://x-y-z?endpoint=http://127.0.0.1:${port}`
  const env = { ...(await quiet()), ...keys, FILES_URL }
  const wrong = await run(['start'], env)
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^error: FILES_URL \(s3:.*\) cannot be used: .*\n$/)])
  server.close()
  const silent = await run(['start'], env)
  expect([silent.code, silent.stderr]).toEqual([
    1,
    `error: FILES_URL (${FILES_URL}) does not answer; check its endpoint and the network\n`
  ])
})
