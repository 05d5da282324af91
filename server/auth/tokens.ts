import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What an app signs in with. The client id carries the organization, so that no look-up is without one. */
export interface Credentials {
  clientId: string
  accessToken: string
}

/** New credentials: the token has 256 random bits and is stored only as its hash. */
export function newCredentials(organizationId: number): Credentials {
  return {
    clientId: `lf_${organizationId}_${randomBytes(9).toString('hex')}`,
    accessToken: randomBytes(32).toString('base64url')
  }
}

export const hashOf = (token: string): string => hash('sha256', token)

/** Compares in constant time; an unknown app costs the same. */
export function isSameHash(token: string, storedHash: string | undefined): boolean {
  const given = hash('sha256', token, 'buffer')
  const stored = storedHash ? Buffer.from(storedHash, 'hex') : Buffer.alloc(32)
  return timingSafeEqual(given, stored) && storedHash !== undefined
}

const clientIdPattern = /^lf_([1-9]\d{0,14})_[0-9a-f]{18}$/

/** The organization that a client id carries, or undefined when it is not one of ours. */
export const organizationOf = (clientId: string): number | undefined => {
  const digits = clientIdPattern.exec(clientId)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Reads `Basic base64(client_id:access_token)` or `Bearer client_id.access_token`; undefined when it is neither. */
export function readAuthorization(header: string, schemes: readonly ('basic' | 'bearer')[]): Credentials | undefined {
  const space = header.indexOf(' ')
  const scheme = header.slice(0, space).toLowerCase()
  const rest = header.slice(space + 1)
  if (rest.length > 400 || !schemes.some(known => known === scheme)) return undefined
  if (scheme === 'bearer') return split(rest, '.')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(rest)) return undefined
  return split(Buffer.from(rest, 'base64').toString('latin1'), ':')
}

function split(text: string, separator: string): Credentials | undefined {
  const at = text.indexOf(separator)
  return at < 0 ? undefined : { clientId: text.slice(0, at), accessToken: text.slice(at + 1) }
}
