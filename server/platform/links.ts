import { createHmac, timingSafeEqual } from 'node:crypto'
import { zoneClock } from './clock.ts'
import type { Context, Organization } from './context.ts'
import type { Wire } from './wire.ts'

const lifetimeSeconds = 3600

const sign = (secret: string, organizationId: number, fileId: number, expires: number): string =>
  createHmac('sha256', secret).update(`file ${organizationId} ${fileId} ${expires}`).digest('base64url')

/**
 * The address from which a stored file can be fetched by whoever holds it, for one to two hours: the expiry is a whole hour, so
 * that the same list is the same text within it. Begins with the configured base URL.
 */
function fileLink({ baseUrl, organization }: Pick<Context, 'baseUrl' | 'organization'>, fileId: number): string {
  const expires = (Math.floor(Date.now() / 1000 / lifetimeSeconds) + 2) * lifetimeSeconds
  const signature = sign(organization.linkSecret, organization.id, fileId, expires)
  return `${baseUrl}/files/${organization.id}/${fileId}?expires=${expires}&signature=${signature}`
}

/** Whether the signature is ours and the link has not expired. */
export function isGoodLink(
  organization: Pick<Organization, 'id' | 'linkSecret'>,
  fileId: number,
  expires: number,
  signature: string
): boolean {
  const expected = Buffer.from(sign(organization.linkSecret, organization.id, fileId, expires))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected) && expires * 1000 > Date.now()
}

/** What writing this organization's answers needs. */
export const wireOf = (ctx: Context, request: { signal: AbortSignal }): Wire => ({
  clock: zoneClock(ctx.organization.timeZone),
  link: fileId => fileLink(ctx, fileId),
  // Making the signal costs as much as a small query: only long work asks for it.
  get signal() {
    return request.signal
  }
})
