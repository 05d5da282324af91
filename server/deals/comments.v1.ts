import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { AttachmentShape } from './attachments.v1.ts'
import { addComment, type CommentRow, updateComment } from './comments.ts'

export const CommentShape = cell.shape<CommentRow>()({
  id: cell.id('id'),
  deal_id: cell.id('deal_id'),
  content: cell.text('content', 'They will sign on Friday.'),
  staffid: cell.reference('staff_id'),
  firstname: cell.optionalText('first_name', 'Jane'),
  lastname: cell.optionalText('last_name', 'Doe'),
  staff_full_name: cell.optionalText('full_name', 'Jane Doe'),
  dateadded: cell.time('created_at'),
  attachments: cell.list('attachments', AttachmentShape)
})

const staff_id = field.reference({ about: 'The acting staff member; without one the app itself acts' })
const content = (about?: string) =>
  field.text({ max: 20_000, example: 'They will sign on Friday.', ...(about !== undefined && { about }) })

const CommentForm = form({
  deal_id: field.required(field.id()),
  content: content('Required unless a file is sent'),
  file: field.file(),
  staff_id
})

/** The endpoints of what staff say to each other on a deal. */
export function commentsV1(route: V1): void {
  route({
    method: 'POST',
    path: '/deals/comments/create',
    title: 'Add a Deal Comment',
    permission: 'deals:write',
    body: CommentForm,
    answer: { one: CommentShape },
    handle: async ({ ctx, body, wire }) => {
      const files = body.file ? [body.file] : []
      const comment = await addComment(await actAs(ctx, body.staff_id), body.deal_id, body.content ?? null, files)
      return success(CommentShape.write(comment, wire))
    }
  })
  route({
    method: 'PUT',
    path: '/deals/comments/update/:comment_id',
    title: 'Update a Deal Comment',
    permission: 'deals:write',
    params: form({ comment_id: field.required(field.id()) }),
    body: form({ content: field.required(content()), staff_id }),
    answer: { one: CommentShape },
    handle: async ({ ctx, params, body, wire }) => {
      const comment = await updateComment(await actAs(ctx, body.staff_id), params.comment_id, body.content)
      return success(CommentShape.write(comment, wire))
    }
  })
}
