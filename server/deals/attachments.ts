import { remove, rows } from '../db/rows.ts'
import { addFiles, withStored } from '../files/actions.ts'
import type { FileRow } from '../files/queries.ts'
import { removeFileLater } from '../files/removal.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import type { Upload } from '../platform/storage.ts'
import { transact } from '../platform/transact.ts'

/** Attaches a file to a deal and resolves with its row. Refuses (422) no such deal. */
export function addAttachment(ctx: Context, dealId: number, upload: Upload): Promise<FileRow> {
  return withStored(ctx, [upload], () =>
    transact(ctx, async ctx => {
      await checkReferences(ctx, { deal_id: ['deals', dealId] })
      const [id] = await addFiles(ctx, [upload], { deal_id: dealId })
      recordEvent(ctx, 'deal.file_added', dealId, { file_id: id, file: upload.name })
      return rows(ctx, 'files').selectAll().where('id', '=', id!).executeTakeFirstOrThrow()
    })
  )
}

/** Removes a deal's file and resolves with what it was. Of two who do it at once, one gets 404. */
export function removeAttachment(ctx: Context, id: number): Promise<FileRow> {
  return transact(ctx, async ctx => {
    const ofDeal = remove(ctx, 'files').where('id', '=', id).where('deal_id', 'is not', null)
    const file = await ofDeal.returningAll().executeTakeFirst()
    if (!file) throw notFound('attachment')
    recordEvent(ctx, 'deal.file_removed', file.deal_id as number, { file_id: id, file: file.name })
    removeFileLater(ctx, file.key)
    return file
  })
}
