import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging, period, rangeOf, searched } from '../platform/lists.ts'
import type { V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { leadDetailsV1 } from './details.v1.ts'
import { leadFilesV1 } from './files.v1.ts'
import { leadCells } from './lead.v1.ts'
import { notesV1 } from './notes.v1.ts'
import { type LeadDetails, leadColumns, leadCount, leadPage } from './queries.ts'
import { leadStatusesV1 } from './statuses.v1.ts'
import { leadSummaryV1 } from './summary.v1.ts'

const LeadShape = cell.shape<LeadDetails>()(leadCells)
const readLead = LeadShape.reading(leadColumns)

const LeadQuery = form({
  ...paging,
  status: field.reference({ about: 'The id of a status, lost and junk leads too; 0 asks for those without' }),
  lead_type: field.reference({ about: 'The id of a type; 0 asks for those without' }),
  assigned: field.reference({ about: 'A staff member; 0 asks for those of nobody' }),
  source: field.reference({ about: 'The id of a source; 0 asks for those without' }),
  is_public: field.flag(),
  ...searched,
  ...period
})

const index = { name: 'lead_search', table: 'leads', column: 'created_at' } as const

/** The lead endpoints of the contract. */
export function leadsV1(route: V1): void {
  leadListV1(route)
  leadDetailsV1(route)
  leadSummaryV1(route)
  leadStatusesV1(route)
  notesV1(route)
  leadFilesV1(route)
}

function leadListV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/list',
    title: 'List Leads',
    about: 'Newest first; lost and junk leads are among them.',
    permission: 'leads:read',
    query: LeadQuery,
    answer: { list: LeadShape },
    handle: ({ ctx, query, wire }) => {
      const { status, lead_type, assigned, source, is_public } = query
      return listAnswer(
        { ctx, wire, query, read: readLead, page: leadPage, count: leadCount, index },
        {
          status_id: status,
          type_id: lead_type,
          assigned_id: assigned,
          source_id: source,
          is_public: typeof is_public === 'boolean' ? (is_public ? 1 : 0) : undefined,
          ...rangeOf(query, wire.clock)
        }
      )
    }
  })
}
