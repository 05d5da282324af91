import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { addLeadFile, type LeadFileRow, leadFileColumns, leadFileCount, leadFilePage } from './attachments.ts'
import { LeadParams } from './lead.v1.ts'
import { getLead } from './queries.ts'

const FileShape = cell.shape<LeadFileRow>()({
  id: cell.id('id'),
  rel_id: cell.id('lead_id'),
  rel_type: cell.always('lead'),
  file_name: cell.text('name', 'offer.pdf'),
  filetype: cell.text('type', 'application/pdf'),
  filesize: cell.count('size'),
  attachment_key: cell.storedName('key'),
  staffid: cell.reference('staff_id'),
  dateadded: cell.time('created_at'),
  url: cell.link('id')
})
const readFile = FileShape.reading(leadFileColumns)

/** The endpoints of a lead's files. */
export function leadFilesV1(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/files/:lead_id',
    title: 'Lead Files',
    about: 'Newest first.',
    permission: 'leads:read',
    params: LeadParams,
    query: form(paging),
    answer: { list: FileShape },
    handle: async ({ ctx, params, query, wire }) => {
      await getLead(ctx, params.lead_id)
      const list = { ctx, wire, query, read: readFile, page: leadFilePage, count: leadFileCount }
      return listAnswer(list, { lead_id: params.lead_id })
    }
  })
  route({
    method: 'POST',
    path: '/leads/files/upload',
    title: 'Upload Lead File',
    permission: 'leads:write',
    body: form({
      lead_id: field.required(field.id()),
      file: field.required(field.file()),
      staff_id: field.reference({ about: 'The acting staff member; without one the app itself acts' })
    }),
    answer: { one: FileShape },
    handle: async ({ ctx, body, wire }) =>
      success(FileShape.write(await addLeadFile(await actAs(ctx, body.staff_id), body.lead_id, body.file), wire))
  })
}
