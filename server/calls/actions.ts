import type { Selectable } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { rows, update } from '../db/rows.ts'
import { writeSearch } from '../db/search.ts'
import type { CallsTable } from '../db/tables.ts'
import { createLead } from '../leads/actions.ts'
import type { Context } from '../platform/context.ts'
import { unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { demand } from '../platform/permissions.ts'
import { checkReferences } from '../platform/references.ts'
import { indexTerms, phoneDigits } from '../platform/terms.ts'
import { transact } from '../platform/transact.ts'
import { type CallColumns, columnsOf, empty, insertRow } from './columns.ts'
import { mergedReport } from './merge.ts'
import { nobody, type Person, personByPhone, personNamed } from './person.ts'
import { type CallDetails, callIdByProvider, getCall } from './queries.ts'
import type { CallFields, CallReport } from './schema.ts'

/**
 * Logs a call, or adds what a further report tells to the call known under its `provider_call_id`, however often and in whatever
 * order reports come, and resolves with it. Without a person named, the call is that of whom the number belongs to. Refuses (422)
 * references to no row of the organization, an end before the start, and a call not known without direction, number and start;
 * (403) `create_lead` without the right to write leads.
 */
export function reportCall(ctx: Context, report: CallReport): Promise<{ call: CallDetails; created: boolean }> {
  if (report.create_lead) demand(ctx, 'leads:write')
  return transact(ctx, async ctx => {
    await checkCallReferences(ctx, report)
    checkTimes(report)
    const id = await insertCall(ctx, report)
    if (id !== undefined) return { call: await getCall(ctx, id), created: true }
    const known = report.provider_call_id ? await callIdByProvider(ctx, report.provider_call_id) : undefined
    if (!known) throw unprocessable(missing(report))
    await addReport(ctx, await getCall(ctx, known.id), report)
    return { call: await getCall(ctx, known.id), created: false }
  })
}

/** Changes what is given; the rest stays. Resolves with the call. Refuses (422) references to no row of the organization and an end before the start. */
export function changeCall(ctx: Context, id: number, change: CallFields): Promise<CallDetails> {
  return transact(ctx, async ctx => {
    const before = await getCall(ctx, id)
    await checkCallReferences(ctx, change)
    await save(ctx, before, change, await personNamed(ctx, change, before))
    return getCall(ctx, id)
  })
}

/** The new call's id; undefined when the report alone makes no call, or the call is known. */
async function insertCall(ctx: Context, report: CallReport): Promise<number | undefined> {
  const { direction, phone, started_at, provider_call_id = null } = report
  if (direction === undefined || phone === undefined || started_at === undefined) return undefined
  const now = Date.now()
  const person = (await personNamed(ctx, report)) ?? (await personByPhone(ctx, phoneDigits(phone)))
  const row = { ...empty, ...columnsOf(report), ...person, direction, phone, started_at, provider_call_id }
  const inserted = await insertRow.first(ctx, { ...row, phone_digits: phoneDigits(phone), created_at: now, updated_at: now })
  if (!inserted) return undefined
  const { id } = inserted
  if (!person && report.create_lead) {
    await update(ctx, 'calls')
      .set(await newLead(ctx, phone))
      .where('id', '=', id)
      .execute()
  }
  await writeSearch(ctx, 'call_search', id, callTerms(row))
  recordEvent(ctx, 'call.logged', id, { direction, provider_call_id })
  return id
}

async function addReport(ctx: Context, known: CallDetails, report: CallReport): Promise<void> {
  const merged = mergedReport(known, report)
  const named = await personNamed(ctx, report, known)
  const isNobody = known.lead_id === null && known.customer_id === null
  const person = named ?? (isNobody ? await personByPhone(ctx, phoneDigits(merged.phone)) : undefined)
  const made = !person && isNobody && report.create_lead ? await newLead(ctx, merged.phone) : undefined
  await save(ctx, known, merged, person ?? made)
}

/** A lead of a number that is nobody's, from the source "Phone"; a withheld number makes none. */
async function newLead(ctx: Context, phone: string): Promise<Person> {
  return phoneDigits(phone) === ''
    ? nobody
    : { ...nobody, lead_id: await createLead(ctx, { name: phone, phone, source: 'Phone' }) }
}

/** Said of a call in its event as changed, without its old and new value, which may be long. */
const wordy = new Set(['summary', 'transcript'])
const searched = ['phone', 'purpose', 'summary', 'outcome', 'transcript'] as const

/** Writes what differs from `before`, with its event; writes nothing when nothing does. */
async function save(ctx: Context, before: CallDetails, fields: CallFields, person: Person | undefined): Promise<void> {
  const values: CallColumns = { ...columnsOf(fields), ...person }
  checkTimes({ ...before, ...values })
  const changed = Object.entries(values).filter(([name, value]) => before[name as keyof CallColumns] !== value)
  if (changed.length === 0) return
  const changes = Object.fromEntries(changed) as CallColumns
  const digits = changes.phone === undefined ? undefined : { phone_digits: phoneDigits(changes.phone) }
  await update(ctx, 'calls')
    .set({ ...changes, ...digits, updated_at: Date.now() })
    .where('id', '=', before.id)
    .execute()
  if (searched.some(name => changes[name] !== undefined))
    await writeSearch(ctx, 'call_search', before.id, callTerms({ ...before, ...values }))
  const told = changed.map(([name, value]) => [name, wordy.has(name) ? true : [before[name as keyof CallColumns], value]])
  recordEvent(ctx, 'call.updated', before.id, Object.fromEntries(told))
}

const required = ['direction', 'phone', 'started_at'] as const

const missing = (report: CallReport): Record<string, string> =>
  Object.fromEntries(
    required.filter(name => report[name] === undefined).map(name => [name, 'is required for a call that is not known yet'])
  )

function checkTimes({ started_at, ended_at }: Pick<CallFields, 'started_at' | 'ended_at'>): void {
  if (started_at !== undefined && typeof ended_at === 'number' && ended_at < started_at)
    throw unprocessable({ ended_at: 'lies before the start of the call' })
}

const checkCallReferences = (ctx: Context, fields: CallFields): Promise<void> =>
  checkReferences(ctx, {
    lead_id: ['leads', fields.lead_id],
    customer_id: ['customers', fields.customer_id],
    contact_id: ['contacts', fields.contact_id],
    spoken_by_id: ['staff', fields.spoken_by_id],
    with_staff_id: ['staff', fields.with_staff_id]
  })

/** What a call is found by. */
export const callTerms = (call: Pick<Selectable<CallsTable>, (typeof searched)[number]>): string =>
  indexTerms([call.phone, call.purpose, call.outcome, call.summary, call.transcript], [call.phone])

const nextCalls = prepared<{ after: number; limit: number }>()((scope, arg) =>
  rows(scope, 'calls')
    .select(['id', ...searched])
    .where('id', '>', arg('after'))
    .orderBy('id')
    .limit(arg('limit'))
)

/** What the next calls after an id are found by, for writing the full-text index anew. */
export const callsToIndex = async (ctx: Context, after: number, limit: number): Promise<{ id: number; terms: string }[]> =>
  (await nextCalls.all(ctx, { after, limit })).map(call => ({ id: call.id, terms: callTerms(call) }))
