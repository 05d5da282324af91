import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JobState } from '../db/tables.ts'
import { basic, createOrganization, type Env, inStore, quiet, run, start } from './cli.testing.ts'

interface Listed {
  id: number
  organization_id: number
  kind: string
  state: string
  run_at: string
  attempts: number
  payload: { key: string }
}

const soon = { timeout: 20_000 }
const jobs = async (env: Env, ...words: string[]) => {
  const { code, stdout, stderr } = await run(['jobs', ...words, '--json'], env)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}
const listed = (env: Env, ...words: string[]): Promise<Listed[]> => jobs(env, 'list', ...words)

/** Adds jobs that no program knows, dead or waiting for their time, and resolves with their ids. */
async function plant(env: Env, organization_id: number, states: JobState[]): Promise<number[]> {
  const job = {
    organization_id,
    kind: 'test.planted',
    payload: '{}',
    priority: 5,
    attempts: 12,
    last_error: 'No answer',
    created_at: 1
  }
  const times = { run_at: 4102444800000, deadline_at: 4102444800001 }
  const jobs = states.map(state => ({ ...job, ...times, state }))
  const planted = await inStore(env, store =>
    store.transact(({ kysely }) => kysely.insertInto('jobs').values(jobs).returning('id').execute())
  )
  return planted.map(({ id }) => id)
}

/** Attaches a file to a deal and deletes it again, over HTTP. */
async function removeFile(url: string, user: string): Promise<void> {
  const ask = async (method: string, path: string, body?: FormData) => {
    const response = await fetch(`${url}/api/v1/deals/${path}`, { method, headers: basic(user), ...(body && { body }) })
    expect(response.status).toBe(200)
    return ((await response.json()) as { data: { id: string; pipeline_id: string; stages: { stage_id: string }[] }[] }).data
  }
  const form = (fields: Record<string, string | Blob>): FormData => {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.append(name, value)
    return data
  }
  const [pipeline] = await ask('GET', 'pipelines')
  const place = { pipeline_id: pipeline!.pipeline_id, stage_id: pipeline!.stages[0]!.stage_id, default_deal_owner: '1' }
  const deal = (await ask('POST', 'save-deals', form({ title: 'Chairs', deal_value: '10', ...place }))) as unknown as {
    id: string
  }
  const file = new File(['Twenty chairs'], 'offer.txt')
  const attached = await ask('POST', 'attachments/create', form({ deal_id: deal.id, file }))
  await ask('DELETE', `attachments/delete/${(attached as unknown as { id: string }).id}`)
}

test('what a deleted file leaves to do is listed, and done at once when it is asked for', async () => {
  const env = await quiet()
  const { user } = await createOrganization(env)
  const { url } = await start(env)
  const before = Date.now()
  await removeFile(url, user)
  const [job, ...others] = await listed(env)
  expect(others).toEqual([])
  expect(job).toMatchObject({
    organization_id: 1,
    kind: 'files.remove',
    state: 'later',
    attempts: 0,
    priority: 5,
    last_error: null
  })
  expect(Date.parse(job!.run_at)).toBeGreaterThanOrEqual(before + 86_400_000)
  const folder = join(env.DATA_DIR!, 'files', job!.payload.key.split('/')[0]!)
  expect(await readdir(folder)).toHaveLength(1)
  const shown = (await run(['jobs', 'list', '--organization', '1'], env)).stdout
  expect(shown).toMatch(new RegExp(`^${job!.id}  organization 1  files.remove  later  [\\d:TZ.-]+  0 tries\n$`))
  expect(await jobs(env, 'retry', String(job!.id))).toEqual({ retried: 1 })
  await expect.poll(() => listed(env), soon).toEqual([])
  expect(await readdir(folder)).toEqual([])
})

test('dead jobs are found, tried again from the beginning, or dropped: by id, by state, by organization', async () => {
  const env = await quiet()
  for (const _ of [1, 2]) await createOrganization(env)
  const [one, two, later] = (await plant(env, 1, ['dead', 'dead', 'later'])) as [number, number, number]
  const [other, waiting] = (await plant(env, 2, ['dead', 'waiting'])) as [number, number]
  const idsOf = async (...words: string[]) => (await listed(env, ...words)).map(({ id }) => id)
  expect(await idsOf()).toEqual([waiting, other, later, two, one])
  expect(await idsOf('--limit', '2')).toEqual([waiting, other])
  expect(await idsOf('--state', 'dead')).toEqual([other, two, one])
  expect(await idsOf('--organization', '1', '--state', 'dead')).toEqual([two, one])
  expect((await run(['jobs', 'list', '--state', 'running'], env)).stdout).toBe('There are no such jobs.\n')

  for (const words of [
    [`${one}`, `${waiting}`],
    [`${one}`, '999'],
    [`${one}`, '--organization', '2'],
    [`${later}`, '--state', 'dead']
  ]) {
    const refused = await run(['jobs', 'retry', ...words], env)
    expect([words, refused.code, refused.stdout]).toEqual([words, 1, ''])
    expect(refused.stderr).toMatch(/^error: No job that is [^\n]+ has the id \d+\n$/)
  }
  expect(await idsOf('--state', 'dead')).toEqual([other, two, one])

  const now = Date.now()
  expect((await run(['jobs', 'retry', `${one}`], env)).stdout).toBe('1 job will run now.\n')
  const [retried] = (await listed(env)).filter(({ id }) => id === one)
  expect(retried).toMatchObject({ state: 'waiting', attempts: 0, deadline_at: null })
  expect(Math.abs(Date.parse(retried!.run_at) - now)).toBeLessThan(60_000)
  expect(await jobs(env, 'retry', '--state', 'dead', '--organization', '1')).toEqual({ retried: 1 })
  expect(await idsOf('--state', 'dead')).toEqual([other])

  expect((await run(['jobs', 'drop', `${one}`, `${later}`], env)).stdout).toBe('Dropped 2 jobs.\n')
  expect(await jobs(env, 'drop', '--state', 'waiting', '--organization', '2')).toEqual({ dropped: 1 })
  expect(await idsOf()).toEqual([other, two])
})

test('thousands are retried and dropped too', async () => {
  const env = await quiet()
  await createOrganization(env)
  await plant(env, 1, Array(1200).fill('dead'))
  expect(await jobs(env, 'retry', '--state', 'dead')).toEqual({ retried: 1200 })
  expect(await jobs(env, 'drop', '--state', 'waiting')).toEqual({ dropped: 1200 })
  expect(await listed(env)).toEqual([])
})
