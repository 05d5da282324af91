import { invalidParameters } from '../platform/errors.ts'
import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging, period, rangeOf, searched } from '../platform/lists.ts'
import { phoneDigits } from '../platform/terms.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { type CallDetails, type CallRow, callColumns, callCount, callPage, getCall } from './queries.ts'

const callCells = {
  id: cell.id('id'),
  call_purpose: cell.optionalText('purpose', 'Asks for an offer'),
  userphone: cell.text('phone', '+49 30 5550100'),
  call_summary: cell.optionalText('summary', 'Wants ten of them by May'),
  call_start_time: cell.time('started_at'),
  call_end_time: cell.optionalTime('ended_at'),
  call_duration: cell.optionalDuration('duration_ms'),
  has_follow_up: cell.isSet('follow_up_at'),
  follow_up_schedule: cell.optionalTime('follow_up_at'),
  is_important: cell.flag('is_important'),
  is_completed: cell.flag('is_completed'),
  staffid: cell.reference('spoken_by_id'),
  call_with_staffid: cell.reference('with_staff_id'),
  call_direction: cell.word('direction', { inbound: '1', outbound: '2' }),
  direction: cell.word('direction', { inbound: 'inbound', outbound: 'outbound' }),
  outcome: cell.optionalText('outcome', 'answered'),
  customer_type: cell.optionalText('person_type', 'lead'),
  clientid: cell.reference('person_id'),
  contactid: cell.reference('contact_id'),
  dateadded: cell.time('created_at'),
  dateupdated: cell.time('updated_at'),
  recording_url: cell.optionalText('recording_url', 'https://calls.example.com/1.mp3'),
  transcript: cell.optionalText('transcript', 'Hello, this is Jane.')
} as const

const CallShape = cell.shape<CallRow>()(callCells)
const readCall = CallShape.reading(callColumns)

const DetailsShape = cell.shape<CallDetails>()({
  ...callCells,
  contact_name: cell.optionalText('contact_name', 'Jane Doe'),
  contact_email: cell.optionalText('contact_email', 'jane@example.com'),
  staff_name: cell.optionalText('staff_name', 'John Doe')
})

const CallQuery = form({
  ...paging,
  staff_id: field.reference({ about: 'Who spoke; 0 asks for those without' }),
  lead_id: field.reference({ about: '0 asks for those without' }),
  call_direction: field.choice(['1', '2'], { about: '1 inbound, 2 outbound' }),
  userphone: field.text({ max: 64, about: 'A number in any spelling: digits are compared', example: '+49 30 5550100' }),
  ...searched,
  ...period
})

const directions = { '1': 'inbound', '2': 'outbound' } as const

const index = { name: 'call_search', table: 'calls', column: 'started_at' } as const

/** The call log endpoints of the contract. */
export function callsV1(route: V1): void {
  route({
    method: 'GET',
    path: '/call-logs/list',
    title: 'List Call Logs',
    about: 'The last begun first; what a search finds, the last logged first. `start_date` and `end_date` ask when a call began.',
    permission: 'calls:read',
    query: CallQuery,
    answer: { list: CallShape },
    handle: ({ ctx, query, wire }) =>
      listAnswer(
        { ctx, wire, query, read: readCall, page: callPage, count: callCount, index },
        {
          spoken_by_id: query.staff_id,
          lead_id: query.lead_id,
          direction: query.call_direction ? directions[query.call_direction] : undefined,
          phone_digits: query.userphone ? digitsOf(query.userphone) : undefined,
          ...rangeOf(query, wire.clock)
        }
      )
  })
  route({
    method: 'GET',
    path: '/call-logs/details/:call_log_id',
    title: 'Get Call Log Detail',
    permission: 'calls:read',
    params: form({ call_log_id: field.required(field.id()) }),
    answer: { one: DetailsShape },
    handle: async ({ ctx, params, wire }) => success(DetailsShape.write(await getCall(ctx, params.call_log_id), wire))
  })
}

function digitsOf(userphone: string): string {
  const digits = phoneDigits(userphone)
  if (digits === '') throw invalidParameters({ userphone: 'must have digits, such as +49 30 5550100' })
  return digits
}
