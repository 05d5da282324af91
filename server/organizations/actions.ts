import { randomBytes } from 'node:crypto'
import { createApp } from '../auth/actions.ts'
import type { Credentials } from '../auth/tokens.ts'
import { addDealDefaults } from '../deals/actions.ts'
import { addLeadDefaults } from '../leads/defaults.ts'
import type { Context, House } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { FieldError, readEmail } from '../platform/fields.ts'
import { permissions } from '../platform/permissions.ts'
import { transact } from '../platform/transact.ts'
import { enterStaff } from '../staff/actions.ts'
import { addStaffDefaults } from '../staff/defaults.ts'
import { hashPassword } from '../staff/passwords.ts'
import { addTicketDefaults } from '../tickets/actions.ts'

export interface NewOrganization {
  name: string
  /** The first admin's. */
  email: string
  /** IANA name; default UTC. */
  timeZone?: string
  /** ISO 4217; default USD. */
  currency?: string
}

export interface CreatedOrganization {
  organizationId: number
  admin: { email: string; password: string }
  app: Credentials
}

/** Creates an organization with its first admin, an app that may do everything, and the rows that every organization begins with. */
export async function createOrganization(
  house: House,
  { name, email, timeZone = 'UTC', currency = 'USD' }: NewOrganization
): Promise<CreatedOrganization> {
  checkNames(name, email)
  const password = randomBytes(12).toString('base64url')
  const password_hash = await hashPassword(password)
  const linkSecret = randomBytes(32).toString('hex')
  return house.store.transact(async db => {
    const created_at = Date.now()
    const { id } = await db.kysely
      .insertInto('organizations')
      .values({
        name,
        time_zone: timeZone,
        currency,
        link_secret: linkSecret,
        event_position: 0,
        last_ticket_number: 0,
        created_at
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const outer = systemContext(
      { ...house, store: { ...house.store, transact: verb => verb(db) } },
      { id, timeZone, currency, linkSecret }
    )
    return transact({ ...outer, db }, async ctx => {
      recordEvent(ctx, 'organization.created', id, { name })
      await addLeadDefaults(ctx)
      await addDealDefaults(ctx)
      await addTicketDefaults(ctx)
      await addStaffDefaults(ctx)
      await enterStaff(ctx, { first_name: 'Admin', last_name: '', email, is_admin: true }, password_hash)
      const app = await createApp(ctx, { name: 'First app' })
      return { organizationId: id, admin: { email, password }, app }
    })
  })
}

function checkNames(name: string, email: string): void {
  if (name.trim() === '' || name.length > 191) throw unprocessable({ name: 'must have 1 to 191 characters' })
  try {
    readEmail(email)
  } catch (error) {
    throw error instanceof FieldError ? unprocessable({ email: error.message }) : error
  }
}

/** The installation itself acting in an organization: the command line and seeding. */
export const systemContext = (house: House, organization: Context['organization']): Context => ({
  ...house,
  db: house.store.reader,
  organization,
  actor: { kind: 'system', id: null, name: 'Liveforce' },
  scopes: permissions,
  contactId: null
})
