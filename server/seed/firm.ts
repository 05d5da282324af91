import { insert, rows } from '../db/rows.ts'
import { idsByName } from '../leads/actions.ts'
import { zoneClock } from '../platform/clock.ts'
import type { Context } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
import { keysOf, newMember } from '../staff/member.ts'
import type { Bulk } from './bulk.ts'
import { dealTags, leadTags } from './talks.ts'

// The organization as the demo finds it: its own statuses, stages and the like, and the eight people who work in the demo.

export interface Member {
  id: number
  name: string
  email: string
}

type Department = 'Support' | 'Billing' | 'Sales'

const crew: [first: string, last: string, job: string, department: Department, isManager: boolean][] = [
  ['Maya', 'Lindqvist', 'Head of sales', 'Sales', true],
  ['Tom', 'Okafor', 'Sales', 'Sales', false],
  ['Priya', 'Raman', 'Sales', 'Sales', false],
  ['Daniel', 'Weber', 'Head of support', 'Support', true],
  ['Sofia', 'Marino', 'Support', 'Support', false],
  ['James', 'Carter', 'Support', 'Support', false],
  ['Aiko', 'Tanaka', 'Support', 'Support', false],
  ['Lucas', 'Moreau', 'Billing', 'Billing', false]
]

const day = 86_400_000

export interface Firm {
  /** Midnight at the beginning of today, in the organization's time zone: everything happened before. */
  today: number
  clock: ReturnType<typeof zoneClock>
  currency: string
  crew: Member[]
  staffOf: Record<Department, Member[]>
  departments: Record<Department, number>
  leadStatus: {
    new: number | null
    contacted: number | null
    qualified: number | null
    unqualified: number | null
    customer: number | null
  }
  leadTypes: Record<'Sales' | 'Support' | 'Other', number | null>
  sources: Record<'Website' | 'Phone' | 'E-mail' | 'Import' | 'Referral', number>
  tags: Map<string, number>
  pipeline: { id: number; stages: { id: number; name: string }[] }
}

/** Reads what the organization has and adds what the demo needs of staff, departments, sources and tags. */
export function prepareFirm(outer: Context, bulk: Bulk): Promise<Firm> {
  const clock = zoneClock(outer.organization.timeZone)
  const today = clock.dayStart(clock.formatDate(Date.now()))
  return outer.store.exclusively(async db => {
    const ctx = { ...outer, db }
    const departments = await departmentsOf(ctx)
    await bulk.begin(db, 0)
    const members = await crewOf(ctx, bulk, departments, today - 400 * day)
    await bulk.finish(db)
    const of = (name: Department): Member[] => members.filter((_member, at) => crew[at]?.[3] === name)
    return {
      today,
      clock,
      currency: ctx.organization.currency,
      crew: members,
      staffOf: { Support: of('Support'), Billing: of('Billing'), Sales: of('Sales') },
      departments,
      leadStatus: await leadStatusesOf(ctx),
      leadTypes: await leadTypesOf(ctx),
      sources: await byName(ctx, 'sources', ['Website', 'Phone', 'E-mail', 'Import', 'Referral']),
      tags: new Map(Object.entries(await byName(ctx, 'tags', [...new Set([...leadTags, ...dealTags])]))),
      pipeline: await pipelineOf(ctx)
    }
  })
}

async function byName<N extends string>(ctx: Context, table: 'tags' | 'sources', names: N[]): Promise<Record<N, number>> {
  const found: Partial<Record<N, number>> = {}
  for (const name of names) [found[name]] = await idsByName(ctx, table, [name])
  return found as Record<N, number>
}

async function departmentsOf(ctx: Context): Promise<Record<Department, number>> {
  const idOf = async (name: Department): Promise<number> => {
    const known = await rows(ctx, 'departments').select('id').where('name', '=', name).executeTakeFirst()
    return (known ?? (await insert(ctx, 'departments', { name }).returning('id').executeTakeFirstOrThrow())).id
  }
  return { Support: await idOf('Support'), Billing: await idOf('Billing'), Sales: await idOf('Sales') }
}

async function crewOf(ctx: Context, bulk: Bulk, departments: Record<Department, number>, created_at: number): Promise<Member[]> {
  const roles = await rows(ctx, 'roles').select(['id', 'name']).execute()
  const members: Member[] = []
  for (const [at, [first_name, last_name, job, department, isManager]] of crew.entries()) {
    const name = `${first_name} ${last_name}`
    const email = `${first_name}.${last_name}@example.com`.toLowerCase()
    const member = {
      ...newMember,
      ...{ first_name, last_name, email, phone: `+1 555 010${at}`, hourly_rate: isManager ? 95_00 : 70_00 },
      role_id: roles.find(role => role.name === (isManager ? 'Manager' : 'Employee'))?.id ?? null,
      email_signature: `${name}\n${job}`
    }
    const keys = keysOf(member)
    const known = await rows(ctx, 'staff').select('id').where('email_key', '=', keys.email_key).executeTakeFirst()
    const id = known?.id ?? bulk.insert('staff', { ...member, ...keys, created_at })
    members.push({ id, name, email })
    if (known) continue
    bulk.insert('staff_departments', { staff_id: id, department_id: departments[department] })
    bulk.note(created_at, 'staff.created', id, { email, role_id: member.role_id, is_admin: 0 })
  }
  return members
}

/** By name, and by their order where the organization has renamed them. */
async function leadStatusesOf(ctx: Context): Promise<Firm['leadStatus']> {
  const all = await rows(ctx, 'lead_statuses').select(['id', 'name', 'is_default']).orderBy('position').orderBy('id').execute()
  const others = all.filter(status => status.is_default === 0)
  const idOf = (name: string, at: number): number | null => (all.find(status => status.name === name) ?? others[at])?.id ?? null
  const customer = (all.find(status => status.is_default === 1) ?? all.at(-1))?.id ?? null
  return {
    new: idOf('New', 0),
    contacted: idOf('Contacted', 1),
    qualified: idOf('Qualified', 2),
    unqualified: idOf('Unqualified', 3),
    customer
  }
}

async function leadTypesOf(ctx: Context): Promise<Firm['leadTypes']> {
  const all = await rows(ctx, 'lead_types').select(['id', 'name']).execute()
  const idOf = (wanted: string): number | null => all.find(({ name }) => name === wanted)?.id ?? null
  return { Sales: idOf('Sales'), Support: idOf('Support'), Other: idOf('Other') }
}

async function pipelineOf(ctx: Context): Promise<Firm['pipeline']> {
  const pipeline = await rows(ctx, 'pipelines').select('id').orderBy('position').orderBy('id').limit(1).executeTakeFirst()
  const stages = pipeline
    ? await rows(ctx, 'stages').select(['id', 'name']).where('pipeline_id', '=', pipeline.id).orderBy('position').execute()
    : []
  if (!pipeline || stages.length === 0)
    throw new Problem('not_configured', 'The organization has no pipeline with stages, which the deals of the demo need')
  return { id: pipeline.id, stages }
}
