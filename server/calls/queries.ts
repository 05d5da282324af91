import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely'
import { keyset } from '../db/keyset.ts'
import { prepared, preparedList } from '../db/prepared.ts'
import { rows, type Scope } from '../db/rows.ts'
import { found } from '../db/search.ts'
import type { Tables } from '../db/tables.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { fullName } from '../staff/queries.ts'
import type { CallFilter } from './schema.ts'

const brief = [
  'calls.id',
  'calls.provider_call_id',
  'calls.direction',
  'calls.phone',
  'calls.purpose',
  'calls.outcome',
  'calls.recording_url',
  'calls.started_at',
  'calls.ended_at',
  'calls.lead_id',
  'calls.customer_id',
  'calls.contact_id',
  'calls.spoken_by_id',
  'calls.with_staff_id',
  'calls.follow_up_at',
  'calls.is_important',
  'calls.is_completed',
  'calls.created_at',
  'calls.updated_at'
] as const
const ownColumns = [...brief, 'calls.summary', 'calls.transcript'] as const

/** A call as a list shows it, in the order of `callPage`'s arrays. */
export const callColumns = [...ownColumns, 'duration_ms', 'person_type', 'person_id'] as const

/** What follows from a call's own columns. */
const derived = (eb: ExpressionBuilder<Tables, 'calls'>) => [
  eb('calls.ended_at', '-', eb.ref('calls.started_at')).as('duration_ms'),
  eb
    .case()
    .when('calls.lead_id', 'is not', null)
    .then(sql.lit('lead'))
    .when('calls.customer_id', 'is not', null)
    .then(sql.lit('customer'))
    .end()
    .as('person_type'),
  eb.fn.coalesce('calls.lead_id', 'calls.customer_id').as('person_id')
]

const callById = prepared<{ id: number }>()((scope, arg) =>
  rows(scope, 'calls')
    .select(ownColumns)
    .select(derived)
    .leftJoin('staff', join =>
      join.onRef('staff.organization_id', '=', 'calls.organization_id').onRef('staff.id', '=', 'calls.spoken_by_id')
    )
    .leftJoin('leads', join =>
      join.onRef('leads.organization_id', '=', 'calls.organization_id').onRef('leads.id', '=', 'calls.lead_id')
    )
    .leftJoin('customers', join =>
      join.onRef('customers.organization_id', '=', 'calls.organization_id').onRef('customers.id', '=', 'calls.customer_id')
    )
    .leftJoin('contacts', join =>
      join.onRef('contacts.organization_id', '=', 'calls.organization_id').onRef('contacts.id', '=', 'calls.contact_id')
    )
    .select(['staff.first_name as staff_first_name', 'staff.last_name as staff_last_name'])
    .select(['contacts.first_name', 'contacts.last_name', 'contacts.email'])
    .select(['leads.name as lead_name', 'leads.email as lead_email'])
    .select(['customers.name as customer_name', 'customers.email as customer_email'])
    .where('calls.id', '=', arg('id'))
)

type JoinedRow = NonNullable<Awaited<ReturnType<typeof callById.first>>>

/** A call with the names of whom it was with and who spoke; null where there is nobody. */
export type CallDetails = JoinedRow & { contact_name: string | null; contact_email: string | null; staff_name: string | null }
export type CallRow = Awaited<ReturnType<typeof callPage.all>>[number]

/** The call of this id; 404 when there is none. */
export async function getCall(ctx: Context, id: number): Promise<CallDetails> {
  const call = await callById.first(ctx, { id })
  if (!call) throw notFound('call')
  return { ...call, ...personOf(call), staff_name: nameOf(call.staff_first_name, call.staff_last_name) }
}

/** The contact, else the lead, else the firm itself. */
function personOf(call: JoinedRow) {
  const contact_name = nameOf(call.first_name, call.last_name)
  if (contact_name !== null) return { contact_name, contact_email: call.email }
  return { contact_name: call.lead_name ?? call.customer_name, contact_email: call.lead_email ?? call.customer_email }
}

const nameOf = (first_name: string | null, last_name: string | null): string | null =>
  first_name === null || last_name === null ? null : fullName({ first_name, last_name })

const idByProvider = prepared<{ provider_call_id: string }>()((scope, arg) =>
  rows(scope, 'calls').select('id').where('provider_call_id', '=', arg('provider_call_id'))
)

/** The id of the call that a telephone system reported under this id. */
export const callIdByProvider = (ctx: Context, provider_call_id: string): Promise<{ id: number } | undefined> =>
  idByProvider.first(ctx, { provider_call_id })

const equals = (value: unknown): 'is' | '=' => (value === null ? 'is' : '=')

/** Few calls are with one lead, but most may be with none: then a search goes first, and the sign keeps the index out of its way. */
const leadColumn = ({ lead_id, match }: CallFilter): RawBuilder<number | null> | 'calls.lead_id' =>
  lead_id === null && match !== undefined ? sql<number | null>`+${sql.ref('calls.lead_id')}` : 'calls.lead_id'

function filtered(scope: Scope, given: CallFilter) {
  return rows(scope, 'calls')
    .$if(given.match !== undefined, query =>
      query.innerJoin('call_search', 'call_search.rowid', 'calls.id').where(found(scope, 'call_search', given))
    )
    .$if(given.spoken_by_id !== undefined, query =>
      query.where('calls.spoken_by_id', equals(given.spoken_by_id), given.spoken_by_id!)
    )
    .$if(given.lead_id !== undefined, query => query.where(leadColumn(given), equals(given.lead_id), given.lead_id!))
    .$if(given.phone_digits !== undefined, query => query.where('calls.phone_digits', '=', given.phone_digits!))
    .$if(given.direction !== undefined, query => query.where('calls.direction', '=', given.direction!))
    .$if(given.from !== undefined, query => query.where('calls.started_at', '>=', given.from!))
    .$if(given.before !== undefined, query => query.where('calls.started_at', '<', given.before!))
}

/** A page of calls as arrays of `callColumns`, the last begun first; what a search finds comes in the order of ids. */
export const callPage = preparedList<CallFilter & { take: number; offset: number }>()((scope, given) => {
  const query = filtered(scope, given).select(ownColumns).select(derived).limit(given.take).offset(given.offset)
  if (given.match !== undefined) return query.orderBy('call_search.rowid' as 'calls.id', 'desc')
  return query.orderBy('calls.started_at', 'desc').orderBy('calls.id', 'desc')
})

/** How many calls match. */
export const callCount = preparedList<CallFilter>()((scope, given) =>
  filtered(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

/** Calls page after page, without their long texts. */
export const callKeyset = keyset({
  table: 'calls',
  at: 'started_at',
  search: 'call_search',
  filtered,
  shown: query => query.select(brief)
})
