import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Env, newFolder, run } from './cli.testing.ts'

test('data that cannot be used is named by its variable', async () => {
  const folder = await newFolder()
  const file = join(folder, 'file')
  await writeFile(file, 'this is no database, but a text that is long enough to be taken for one'.repeat(100))
  await mkdir(join(folder, 'sub'))
  const cases: [Env, RegExp][] = [
    [{ DATA_DIR: join(file, 'data') }, /^error: DATA_DIR .*\n$/],
    [{ DATA_DIR: join(folder, 'sub'), DATABASE_URL: `sqlite:${file}` }, /^error: DATABASE_URL .* is no SQLite database\n$/],
    [{ DATA_DIR: join(folder, 'sub'), DATABASE_URL: `sqlite:${folder}` }, /^error: DATABASE_URL .*\n$/],
    [
      { DATA_DIR: join(folder, 'sub'), FILES_URL: `file://${file}` },
      /^error: FILES_URL .* goes through a file that is no folder\n$/
    ]
  ]
  for (const [env, pattern] of cases) {
    for (const words of [['start'], ['migrate'], ['seed', '--demo']]) {
      const { code, stderr } = await run(words, env)
      expect(stderr).toMatch(pattern)
      expect(code).toBe(1)
    }
  }
})
