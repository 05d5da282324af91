import { randomBytes } from 'node:crypto'
import { createApp } from '../auth/actions.ts'
import type { Credentials } from '../auth/tokens.ts'
import type { Handle, WriteHandle } from '../db/handle.ts'
import { addDealDefaults } from '../deals/actions.ts'
import { addLeadDefaults } from '../leads/defaults.ts'
import { zoneClock } from '../platform/clock.ts'
import type { Context, House } from '../platform/context.ts'
import { type FieldErrors, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { FieldError, isLongerThan, readEmail } from '../platform/fields.ts'
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

/**
 * Creates an organization with its first admin, an app that may do everything, and the rows that every organization begins with.
 * Refuses (422) what is no name, e-mail address, time zone or currency.
 */
export async function createOrganization(house: House, input: NewOrganization): Promise<CreatedOrganization> {
  const prepared = await prepare(input)
  return house.store.transact(db => enter(house, db, prepared))
}

/** The same on an empty database; undefined on another: of two processes that start at once only one creates it. */
export async function createFirstOrganization(house: House, input: NewOrganization): Promise<CreatedOrganization | undefined> {
  if (!(await isEmpty(house.store.reader))) return undefined
  const prepared = await prepare(input)
  return house.store.exclusively(async db => ((await isEmpty(db)) ? enter(house, db, prepared) : undefined))
}

const isEmpty = async ({ kysely }: Handle): Promise<boolean> =>
  (await kysely.selectFrom('organizations').select('id').limit(1).executeTakeFirst()) === undefined

type Prepared = Awaited<ReturnType<typeof prepare>>

async function prepare({ name, email, timeZone = 'UTC', currency = 'USD' }: NewOrganization) {
  checkInput({ name, email, timeZone, currency })
  const password = randomBytes(12).toString('base64url')
  const hash = await hashPassword(password)
  return {
    name: name.trim(),
    email: email.trim(),
    timeZone,
    currency,
    linkSecret: randomBytes(32).toString('hex'),
    password,
    hash
  }
}

async function enter(house: House, db: WriteHandle, prepared: Prepared): Promise<CreatedOrganization> {
  const { name, email, timeZone, currency, linkSecret, password, hash } = prepared
  const columns = { name, time_zone: timeZone, currency, link_secret: linkSecret, created_at: Date.now() }
  const { id } = await db.kysely
    .insertInto('organizations')
    .values({ ...columns, event_position: 0, last_ticket_number: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  const joining: House = { ...house, store: { ...house.store, transact: verb => verb(db) } }
  const outer = systemContext(joining, { id, timeZone, currency, linkSecret })
  return transact({ ...outer, db }, async ctx => {
    recordEvent(ctx, 'organization.created', id, { name })
    await addLeadDefaults(ctx)
    await addDealDefaults(ctx)
    await addTicketDefaults(ctx)
    await addStaffDefaults(ctx)
    await enterStaff(ctx, { first_name: 'Admin', last_name: '', email, is_admin: true }, hash)
    const app = await createApp(ctx, { name: 'First app' })
    return { organizationId: id, admin: { email, password }, app }
  })
}

function checkInput({ name, email, timeZone, currency }: Required<NewOrganization>): void {
  const errors: FieldErrors = {}
  if (name.trim() === '' || isLongerThan(name.trim(), 191)) errors.name = 'must have 1 to 191 characters'
  try {
    readEmail(email.trim())
  } catch (error) {
    if (!(error instanceof FieldError)) throw error
    errors.email = error.message
  }
  if (!isTimeZone(timeZone)) errors.time_zone = 'must be the name of a time zone such as Europe/Berlin'
  if (!Intl.supportedValuesOf('currency').includes(currency)) errors.currency = 'must be the code of a currency such as EUR'
  if (Object.keys(errors).length > 0) throw unprocessable(errors)
}

function isTimeZone(name: string): boolean {
  try {
    zoneClock(name)
    return true
  } catch {
    return false
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
