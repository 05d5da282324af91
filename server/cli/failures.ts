import { ConfigError } from '../config.ts'
import { Problem } from '../platform/errors.ts'

/** What the command line gives up with: one line for the person, and an exit code. */
export class Failure extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Says in one line on standard error what went wrong and gives the exit code: 2 for wrong usage or environment, else 1. */
export function tell(error: unknown): 1 | 2 {
  console.error(`error: ${explain(error)}`)
  if (error instanceof Failure) return error.exitCode
  return error instanceof ConfigError || isRefusedOption(error) ? 2 : 1
}

/** The error in one line, naming the option or variable that it comes from. */
function explain(error: unknown): string {
  if (isRefusedOption(error))
    return Object.entries(error.fields ?? {})
      .map(([field, message]) => `${optionOf(field)} ${message}`)
      .join('; ')
  const message = error instanceof Error ? error.message : String(error)
  return message.trim().replace(/\s*\n\s*/g, ' ')
}

/** A verb's refusal of what an option said; what names a missing row is no matter of usage. */
function isRefusedOption(error: unknown): error is Problem {
  return error instanceof Problem && error.kind === 'unprocessable' && error.fields !== undefined
}

const optionOf = (field: string): string => `--${field.replaceAll('_', '-')}`

/** The same for a system error of what `variable` names, such as a folder that may not be written. */
export function refusedBySystem(error: unknown, variable: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[/^(SQLITE_)?[A-Z]+/.exec(code)?.[0] ?? '']
  return reason ? new Failure(`${variable} ${reason}`) : error
}

const reasons: Record<string, string> = {
  EACCES: 'may not be used by this user',
  EPERM: 'may not be used by this user',
  EROFS: 'lies on a file system that cannot be written',
  ENOSPC: 'lies on a full disk',
  ENOTDIR: 'goes through a file that is no folder',
  EEXIST: 'is a file, but must be a folder',
  EISDIR: 'is a folder, but must be a file',
  SQLITE_CANTOPEN: 'cannot be opened',
  SQLITE_NOTADB: 'is no SQLite database',
  SQLITE_CORRUPT: 'is damaged',
  SQLITE_READONLY: 'may not be written',
  SQLITE_BUSY: 'is busy with the work of another process; try again',
  EADDRINUSE: 'is in use; set PORT to another',
  EADDRNOTAVAIL: 'is no address of this machine',
  ENOTFOUND: 'is no address of this machine'
}
