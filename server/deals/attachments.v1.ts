import type { FileRow } from '../files/queries.ts'
import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { addAttachment, removeAttachment } from './attachments.ts'

export const AttachmentShape = cell.shape<FileRow>()({
  id: cell.id('id'),
  rel_id: cell.optionalId('deal_id'),
  rel_type: cell.always('deal'),
  file_name: cell.text('name', 'offer.pdf'),
  filetype: cell.text('type', 'application/pdf'),
  filesize: cell.count('size'),
  attachment_key: cell.storedName('key'),
  staffid: cell.reference('staff_id'),
  dateadded: cell.time('created_at'),
  url: cell.link('id')
})

const staff_id = field.reference({ about: 'The acting staff member; without one the app itself acts' })

const AttachmentForm = form({ deal_id: field.required(field.id()), file: field.required(field.file()), staff_id })

/** The endpoints of a deal's files. */
export function attachmentsV1(route: V1): void {
  route({
    method: 'POST',
    path: '/deals/attachments/create',
    title: 'Add an Attachment',
    permission: 'deals:write',
    body: AttachmentForm,
    answer: { one: AttachmentShape },
    handle: async ({ ctx, body, wire }) => {
      const added = await addAttachment(await actAs(ctx, body.staff_id), body.deal_id, body.file)
      return success(AttachmentShape.write(added, wire))
    }
  })
  route({
    method: 'DELETE',
    path: '/deals/attachments/delete/:attachment_id',
    title: 'Delete an Attachment',
    about: 'Answers with what was removed.',
    permission: 'deals:write',
    params: form({ attachment_id: field.required(field.id()) }),
    body: form({ staff_id }),
    answer: { one: AttachmentShape },
    handle: async ({ ctx, params, body, wire }) => {
      const removed = await removeAttachment(await actAs(ctx, body.staff_id), params.attachment_id)
      return success(AttachmentShape.write(removed, wire))
    }
  })
}
