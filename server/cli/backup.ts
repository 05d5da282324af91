import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { backup } from '../backup/backup.ts'
import type { Manifest } from '../backup/format.ts'
import { restore } from '../backup/restore.ts'
import { verify } from '../backup/verify.ts'
import type { Config } from '../config.ts'
import { refuseMissing, withHouse } from './database.ts'
import { Failure } from './failures.ts'
import { print, printJson } from './output.ts'
import { withProgress } from './progress.ts'

/** `liveforce backup`. */
export async function backupTo(
  config: Config,
  name: string,
  { force, files, json }: { force?: boolean; files: boolean; json?: boolean }
): Promise<void> {
  const file = resolve(name)
  if (!force && existsSync(file)) throw new Failure(`${file} is there already; take another name, or --force to replace it`)
  refuseMissing(config)
  const began = performance.now()
  const work = withProgress('rows and files', steps => withHouse(config, house => backup(house, file, { files, steps })))
  const { manifest, missing, bytes } = await work
  const told = { ...summaryOf(manifest, missing), bytes, seconds: secondsSince(began) }
  if (json) return printJson({ file, ...told })
  print(`Wrote ${counted(told)} to ${file}: ${bytes} bytes in ${told.seconds} s.`)
  warnOf(missing)
}

/** `liveforce restore`. */
export async function restoreFrom(config: Config, name: string, { json }: { json?: boolean }): Promise<void> {
  const began = performance.now()
  const work = withProgress('steps', steps => withHouse(config, house => restore(house, resolve(name), steps)))
  const { manifest, checksums } = await work
  const told = { ...summaryOf(manifest, checksums.missing), seconds: secondsSince(began) }
  if (json) return printJson(told)
  print(
    `Restored ${counted(told)}, as they were at ${manifest.created_at}, in ${told.seconds} s. Every row is as in the archive.`
  )
  warnOf(checksums.missing)
}

/** `liveforce verify`. */
export async function verifyArchive(name: string, { json }: { json?: boolean }): Promise<void> {
  const { manifest, checksums } = await withProgress('rows and files', steps => verify(resolve(name), steps))
  const told = summaryOf(manifest, checksums.missing)
  if (json) return printJson(told)
  const { program_version, created_at, schema_version } = manifest
  print(`The archive is whole: ${counted(told)}, as they were at ${created_at}.`)
  print(`Written by Liveforce ${program_version} from ${manifest.database}, schema version ${schema_version}.`)
  warnOf(checksums.missing)
}

const summaryOf = ({ tables, files, ...manifest }: Manifest, missing: number) => ({
  ...manifest,
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  files: files === null ? null : files - missing,
  missing_files: missing
})

const counted = ({ rows, files }: { rows: number; files: number | null }): string =>
  files === null ? `${rows} rows, without files,` : `${rows} rows and ${files} files`

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10

function warnOf(missing: number): void {
  if (missing > 0) console.error(`${missing} files that rows name were not in the file store when the archive was written`)
}
