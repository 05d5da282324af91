import { type Contents, readArchive, readManifest } from './reading.ts'
import type { Steps } from './steps.ts'

/** Reads a whole archive and checks that nothing in it is missing or altered, without a database. Throws at the first fault. */
export async function verify(path: string, steps: Steps): Promise<Contents> {
  const { tables, files } = await readManifest(path)
  await steps.begin(tables.reduce((sum, { rows }) => sum + rows, files ?? 0))
  return readArchive(path, {
    rows: async (_table, rows) => steps.add(rows.length),
    file: async (_key, content) => {
      for await (const _chunk of content);
      steps.add(1)
    }
  })
}
