import { hash } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'
import { unprocessable } from '../platform/errors.ts'

const least = 10

let common: Set<string> | undefined

/** Refuses (422) a password that is short or among the most common ones. */
export function checkPassword(password: string): void {
  common ??= new Set(dictionary['passwords-common'])
  if ([...password].length < least) throw unprocessable({ password: `must have at least ${least} characters` })
  if (password.length > 1000) throw unprocessable({ password: 'must have at most 1000 characters' })
  if (common.has(password.toLowerCase())) throw unprocessable({ password: 'is among the most common passwords; choose another' })
}

/** argon2id, off the event loop; await it before a transaction. */
export const hashPassword = (password: string): Promise<string> => hash(password)
