import { unprocessable } from '../platform/errors.ts'

const least = 10

let common: Promise<Set<string>> | undefined

/** The list of common passwords is large: it is read when the first password comes. */
const commonPasswords = (): Promise<Set<string>> => {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']))
  return common
}

/** Refuses (422) a password that is short or among the most common ones. */
export async function checkPassword(password: string): Promise<void> {
  if ([...password].length < least) throw unprocessable({ password: `must have at least ${least} characters` })
  if (password.length > 1000) throw unprocessable({ password: 'must have at most 1000 characters' })
  // Blanks around a common one, or alone, make it no harder to guess.
  const guessed = password.trim().toLowerCase()
  const isCommon = guessed === '' || (await commonPasswords()).has(guessed)
  if (isCommon) throw unprocessable({ password: 'is among the most common passwords; choose another' })
}

/** argon2id, off the event loop; await it before a transaction. */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await import('@node-rs/argon2')
  return hash(password)
}
