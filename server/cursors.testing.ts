import { callKeyset } from './calls/queries.ts'
import { customerKeyset } from './customers/list.ts'
import type { Choices } from './db/choices.ts'
import type { Keyset } from './db/keyset.ts'
import { dealKeyset } from './deals/queries.ts'
import { leadKeyset } from './leads/queries.ts'
import { ticketKeyset } from './tickets/queries.ts'

// The lists of /api/v2 with their filters, for looking at what the databases make of them.

const some = [1, null]
/** Each list with values for each of its filters. */
export const lists: [string, Keyset<unknown>, Choices][] = [
  ['tickets', ticketKeyset, { status_id: [1, 3], priority_id: some, assigned_id: some, department_id: some, email_key: ['x'] }],
  ['leads', leadKeyset, { status_id: some, type_id: some, source_id: some, assigned_id: some, is_public: [1] }],
  [
    'deals',
    dealKeyset,
    {
      ...{ status: ['open', 'won'], pipeline_id: [1, 2], stage_id: [1, 2], owner_id: [1, 2] },
      ...{ source_id: some, lead_id: [1, 2], customer_id: [1, 2] }
    }
  ],
  ['calls', callKeyset, { direction: ['inbound', 'outbound'], spoken_by_id: some, lead_id: some, phone_digits: ['1'] }],
  ['customers', customerKeyset, {}]
]

/** No filter, each filter with one value and with several, and each pair of filters. */
export function filtersOf(filters: Choices): Choices[] {
  const single = Object.entries(filters).flatMap(([name, values]) => [
    ...values.map(value => ({ [name]: [value] })),
    { [name]: values }
  ])
  return [{}, ...single, ...single.flatMap(one => single.map(other => ({ ...one, ...other })))]
}
