import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { counts, LeadParams, leadCells } from './lead.v1.ts'
import { getLeadDetails, type LeadDetails, listTags } from './queries.ts'

const DetailsShape = cell.shape<LeadDetails & { tags: string[] }>()({
  ...leadCells,
  description: cell.optionalText('description'),
  country: cell.optionalText('country'),
  zip: cell.optionalText('zip'),
  city: cell.optionalText('city'),
  state: cell.optionalText('state'),
  address: cell.optionalText('address'),
  website: cell.optionalText('website', 'https://example.com'),
  source: cell.reference('source_id'),
  source_name: cell.optionalText('source_name', 'Website'),
  lastcontact: cell.optionalTime('last_contact_at'),
  dateassigned: cell.optionalTime('assigned_at'),
  last_status_change: cell.optionalTime('status_changed_at'),
  lead_value: cell.optionalMoney('value'),
  tags: cell.textList('tags'),
  lost: cell.flag('is_lost'),
  junk: cell.flag('is_junk'),
  date_converted: cell.optionalTime('converted_at'),
  client_id: cell.reference('customer_id'),
  addedfrom: cell.reference('created_by_id'),
  ...counts
})

/** The endpoint of a lead's details. */
export function leadDetailsV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/details/:lead_id',
    title: 'Get Lead Details',
    permission: 'leads:read',
    params: LeadParams,
    answer: { one: DetailsShape },
    handle: async ({ ctx, params, wire }) => {
      const lead = await getLeadDetails(ctx, params.lead_id)
      return success(DetailsShape.write({ ...lead, tags: await listTags(ctx, lead.id) }, wire))
    }
  })
}
