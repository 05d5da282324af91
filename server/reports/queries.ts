import { foldApart } from '../db/apart.ts'
import { preparedList } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import { formatMoneySum } from '../db/sums.ts'
import { filteredLeads } from '../leads/queries.ts'
import type { LeadFilter } from '../leads/schema.ts'
import { listStatuses, listTypes } from '../leads/statuses.ts'
import type { Context } from '../platform/context.ts'
import { formatMoney } from '../platform/money.ts'
import { fullName } from '../staff/queries.ts'
import type { Period } from './period.ts'
import type { LeadTally, Tallies, Tally } from './tally.ts'

const talliedLeads = preparedList<LeadFilter>()((scope, given) =>
  filteredLeads(scope, given).select([
    'leads.created_at',
    'leads.status_id',
    'leads.type_id',
    'leads.source_id',
    'leads.assigned_id',
    'leads.is_lost',
    'leads.is_junk',
    'leads.converted_at',
    'leads.value'
  ])
)

interface Counted {
  total: number
  /** A decimal text. */
  value: string
}

type Group = Counted & { id: number; name: string }

/** Leads created in a period: exact numbers, all of one moment. Each group's totals add up to all leads. */
export interface LeadReport {
  period: Period
  totals: {
    /** All of them: lost and junk leads too. */
    leads: number
    converted: number
    lost: number
    junk: number
    value: string
    /** Percent with two decimals, rounded half up. */
    conversion_rate: string
  }
  by_status: Group[]
  by_type: Group[]
  by_source: Group[]
  by_staff: Group[]
  by_day: (Counted & { date: string })[]
}

/** The report on the leads that pass a filter, whose `from` and `before` are the period's. Counted by a reader worker. */
export async function reportLeads(ctx: Context, filter: LeadFilter, period: Period, signal: AbortSignal): Promise<LeadReport> {
  const fold = {
    module: new URL('tally.ts', import.meta.url).href,
    name: 'tallyLeads',
    options: { timeZone: ctx.organization.timeZone, ...period }
  }
  const tally = await foldApart<LeadTally>(ctx, talliedLeads.bind(ctx, filter), fold, { signal })
  const { total, converted, lost, junk, statuses, types, sources, staff, days } = tally
  const [allStatuses, allTypes, allSources, members] = await Promise.all([
    listStatuses(ctx),
    listTypes(ctx),
    rows(ctx, 'sources').select(['id', 'name']).orderBy('name_key').execute(),
    rows(ctx, 'staff').select(['id', 'first_name', 'last_name']).orderBy('first_name_key').orderBy('id').execute()
  ])
  return {
    period,
    totals: { leads: total, converted, lost, junk, value: formatMoneySum(tally), conversion_rate: rateOf(converted, total) },
    by_status: groupsOf(allStatuses, statuses),
    by_type: groupsOf(allTypes, types),
    by_source: groupsOf(allSources, sources),
    by_staff: groupsOf(
      members.filter(({ id }) => staff.has(id)).map(member => ({ id: member.id, name: fullName(member) })),
      staff
    ),
    by_day: days.map(({ date, ...day }) => ({ date, ...counted(day) }))
  }
}

const counted = (tally: Tally | undefined): Counted => ({
  total: tally?.total ?? 0,
  value: formatMoneySum(tally ?? { millions: 0, units: 0 })
})

/** First the leads that have none, then each of `all` in its order, with zeros too. */
function groupsOf(all: { id: number; name: string }[], tallies: Tallies): Group[] {
  const none = { id: 0, name: 'None', ...counted(tallies.get(null)) }
  return [none, ...all.map(({ id, name }) => ({ id, name, ...counted(tallies.get(id)) }))]
}

/** Hundredths of a percent are written as hundredths of money are. */
const rateOf = (part: number, whole: number): string =>
  formatMoney(whole === 0 ? 0 : Math.floor((part * 20_000 + whole) / (whole * 2)))
