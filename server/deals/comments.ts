import { sql } from 'kysely'
import { prepared } from '../db/prepared.ts'
import { insert, rows, update } from '../db/rows.ts'
import { addFiles, withStored } from '../files/actions.ts'
import { type FileRow, filesOf } from '../files/queries.ts'
import type { Context } from '../platform/context.ts'
import { notFound, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import type { Upload } from '../platform/storage.ts'
import { transact } from '../platform/transact.ts'
import { actingStaffId } from '../staff/queries.ts'

// What staff say to each other on a deal.

const columns = [
  'comments.id',
  'comments.deal_id',
  'comments.content',
  'comments.staff_id',
  'comments.created_at',
  'staff.first_name',
  'staff.last_name'
] as const

const fullName = sql<string | null>`trim(staff.first_name || ' ' || staff.last_name)`.as('full_name')

const commentById = prepared<{ id: number }>()((scope, arg) =>
  rows(scope, 'comments')
    .leftJoin('staff', join =>
      join.onRef('staff.organization_id', '=', 'comments.organization_id').onRef('staff.id', '=', 'comments.staff_id')
    )
    .select(columns)
    .select(fullName)
    .where('comments.id', '=', arg('id'))
)

const commentsOf = prepared<{ deal_id: number }>()((scope, arg) =>
  rows(scope, 'comments')
    .leftJoin('staff', join =>
      join.onRef('staff.organization_id', '=', 'comments.organization_id').onRef('staff.id', '=', 'comments.staff_id')
    )
    .select(columns)
    .select(fullName)
    .where('comments.deal_id', '=', arg('deal_id'))
    .orderBy('comments.created_at', 'desc')
    .orderBy('comments.id', 'desc')
)

/** A comment with its author's names, null when an app wrote it, and its files, newest first. */
export type CommentRow = Awaited<ReturnType<typeof commentsOf.all>>[number] & { attachments: FileRow[] }

/** The comment of this id; 404 when there is none. */
async function getComment(ctx: Context, id: number): Promise<CommentRow> {
  const comment = await commentById.first(ctx, { id })
  if (!comment) throw notFound('comment')
  return withFiles(comment, await filesOf(ctx, 'deal_id', comment.deal_id))
}

/** A deal's comments, newest first; `files` are all of the deal's. */
export async function listComments(ctx: Context, dealId: number, files: FileRow[]): Promise<CommentRow[]> {
  return (await commentsOf.all(ctx, { deal_id: dealId })).map(comment => withFiles(comment, files))
}

const withFiles = <C extends { id: number }>(comment: C, files: FileRow[]) => ({
  ...comment,
  attachments: files.filter(file => file.comment_id === comment.id)
})

/** Adds a comment, with a file or without words, and resolves with it. Refuses (422) no such deal and one that says nothing. */
export function addComment(ctx: Context, dealId: number, content: string | null, files: Upload[] = []): Promise<CommentRow> {
  if (content === null && files.length === 0) throw unprocessable({ content: 'is required unless a file is sent' })
  return withStored(ctx, files, () =>
    transact(ctx, async ctx => {
      await checkReferences(ctx, { deal_id: ['deals', dealId] })
      const comment = { deal_id: dealId, content: content ?? '', staff_id: actingStaffId(ctx), created_at: Date.now() }
      const { id } = await insert(ctx, 'comments', comment).returning('id').executeTakeFirstOrThrow()
      const [file_id] = await addFiles(ctx, files, { deal_id: dealId, comment_id: id })
      recordEvent(ctx, 'deal.commented', dealId, { comment_id: id, file_id, file: files[0]?.name })
      return getComment(ctx, id)
    })
  )
}

/** Changes the words of a comment, its author and time stay, and resolves with it. */
export function updateComment(ctx: Context, id: number, content: string): Promise<CommentRow> {
  return transact(ctx, async ctx => {
    const before = await getComment(ctx, id)
    if (before.content === content) return before
    await update(ctx, 'comments').set({ content }).where('id', '=', id).execute()
    recordEvent(ctx, 'deal.comment_updated', before.deal_id, { comment_id: id })
    return getComment(ctx, id)
  })
}
