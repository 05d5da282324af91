import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { newFiles } from '../storage.testing.ts'
import { openDisk } from './disk.ts'

const folder = await mkdtemp(join(tmpdir(), 'liveforce-disk-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE'])(
  'a disk that cannot take files (%s) is 503, not a crash',
  async code => {
    const storage = await openDisk(folder)
    const full = async function* () {
      yield Buffer.from('x')
      throw Object.assign(new Error('as write(2) says it'), { code })
    }
    const error = await storage.put(`ab/ab${'0'.repeat(62)}`, full()).catch(error => error)
    expect([error.status, error.message]).toEqual([503, `The file store cannot take files now (${code}); try again later`])
    expect(await newFiles(folder).names()).toEqual([])
  }
)
