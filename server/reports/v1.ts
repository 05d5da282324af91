import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { LeadFilter } from '../leads/schema.ts'
import type { ZoneClock } from '../platform/clock.ts'
import type { Context } from '../platform/context.ts'
import * as field from '../platform/fields.ts'
import { type FormValues, form } from '../platform/forms.ts'
import { findText, period, rangeOf, searched } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { exportLeads } from './export.ts'
import { type Period, periodOf } from './period.ts'
import { type LeadReport, reportLeads } from './queries.ts'

const PeriodShape = cell.shape<Period>()({
  start_date: cell.text('start_date', '2024-01-01'),
  end_date: cell.text('end_date', '2024-01-31')
})

const TotalsShape = cell.shape<LeadReport['totals']>()({
  leads: cell.count('leads'),
  converted: cell.count('converted'),
  lost: cell.count('lost'),
  junk: cell.count('junk'),
  value: cell.text('value', '1250.00'),
  conversion_rate: cell.text('conversion_rate', '12.50')
})

const GroupShape = cell.shape<LeadReport['by_status'][number]>()({
  id: cell.id('id'),
  name: cell.text('name', 'New'),
  total: cell.count('total'),
  value: cell.text('value', '1250.00')
})

const DayShape = cell.shape<LeadReport['by_day'][number]>()({
  date: cell.text('date', '2024-01-01'),
  total: cell.count('total'),
  value: cell.text('value', '1250.00')
})

const ReportShape = cell.shape<LeadReport>()({
  period: cell.nested('period', PeriodShape),
  totals: cell.nested('totals', TotalsShape),
  by_status: cell.list('by_status', GroupShape),
  by_type: cell.list('by_type', GroupShape),
  by_source: cell.list('by_source', GroupShape),
  by_staff: cell.list('by_staff', GroupShape),
  by_day: cell.list('by_day', DayShape)
})

const filters = {
  status: field.reference({ about: 'The id of a status; 0 asks for those without' }),
  lead_type: field.reference({ about: 'The id of a type; 0 asks for those without' }),
  assigned: field.reference({ about: 'A staff member; 0 asks for those of nobody' }),
  source: field.reference({ about: 'The id of a source; 0 asks for those without' }),
  is_public: field.flag(),
  ...searched,
  ...period
}

const ReportQuery = form(filters)
const index = { name: 'lead_search', table: 'leads', column: 'created_at' } as const

/** The report endpoints of the contract. */
export function reportsV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/report',
    title: 'Generate Report',
    about:
      'Leads created in the period (default: the last 30 days), lost and junk leads too. Each `by_` list adds up to all leads: leads without a status, type, source or staff member are its first row, with the id "0"; `by_staff` has the members with leads, `by_day` every day. `conversion_rate` is the percentage of these leads that became customers.',
    permission: 'leads:read',
    query: ReportQuery,
    answer: { one: ReportShape },
    handle: async ({ ctx, query, wire, request, reply }) => {
      const { days, filter } = await read(ctx, query, wire.clock)
      const report = await unlessGone(request.signal, () => reportLeads(ctx, filter, days, request.signal))
      return report ? success(ReportShape.write(report, wire)) : reply.hijack()
    }
  })
  route({
    method: 'GET',
    path: '/leads/report/csv',
    title: 'Generate CSV Report',
    about:
      'The leads of the same report, newest first, one a row, as UTF-8 without a byte order mark. A text that a spreadsheet would take for a formula begins with an apostrophe.',
    permission: 'leads:read',
    query: ReportQuery,
    answer: { media: 'text/csv; charset=utf-8' },
    handle: async ({ ctx, query, wire, request, reply }) => {
      const { days, filter } = await read(ctx, query, wire.clock)
      if (request.method === 'HEAD') return attach(reply, days, [])
      const parts = exportLeads(ctx, filter, request.signal)
      const first = await unlessGone(request.signal, () => parts.next())
      return first ? attach(reply, days, startingWith(first.value, parts)) : reply.hijack()
    }
  })
}

/** The days of the report and the leads it is about. */
async function read(
  ctx: Context,
  query: FormValues<typeof filters>,
  clock: ZoneClock
): Promise<{ days: Period; filter: LeadFilter }> {
  const { status, lead_type, assigned, source, is_public, search } = query
  const days = periodOf(query, clock)
  const range = rangeOf(days, clock)
  return {
    days,
    filter: {
      status_id: status,
      type_id: lead_type,
      assigned_id: assigned,
      source_id: source,
      is_public: typeof is_public === 'boolean' ? (is_public ? 1 : 0) : undefined,
      ...range,
      ...(search && (await findText(ctx, index, search, range)))
    }
  }
}

/** Undefined when the work ended because the caller has gone: there is nobody to answer. */
async function unlessGone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

/** The first part is read before the answer begins, so that what goes wrong there is told properly. */
async function* startingWith(first: Uint8Array | undefined, parts: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first) yield first
  yield* parts
}

const attach = (
  reply: FastifyReply,
  { start_date, end_date }: Period,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
): FastifyReply =>
  reply
    .headers({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="leads-${start_date}-${end_date}.csv"`
    })
    .send(Readable.from(parts))
