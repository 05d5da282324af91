import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import { addFiles, withStored } from '../files/actions.ts'
import type { Context } from '../platform/context.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import type { Upload } from '../platform/storage.ts'
import { transact } from '../platform/transact.ts'

/** The columns of `leadFilePage`, in order. */
export const leadFileColumns = ['id', 'lead_id', 'name', 'type', 'size', 'key', 'staff_id', 'created_at'] as const

/** A page of a lead's files as arrays of `leadFileColumns`, newest first. */
export const leadFilePage = prepared<{ lead_id: number; take: number; offset: number }>()((scope, arg) =>
  rows(scope, 'files')
    .select(leadFileColumns)
    .where('lead_id', '=', arg('lead_id'))
    .orderBy('id', 'desc')
    .limit(arg('take'))
    .offset(arg('offset'))
)

export type LeadFileRow = Awaited<ReturnType<typeof leadFilePage.all>>[number]

/** How many files a lead has. */
export const leadFileCount = prepared<{ lead_id: number }>()((scope, arg) =>
  rows(scope, 'files')
    .select(eb => eb.fn.countAll<number>().as('total'))
    .where('lead_id', '=', arg('lead_id'))
)

/** Keeps an uploaded file with a lead and resolves with its row. Refuses (422) an unknown lead. */
export function addLeadFile(ctx: Context, leadId: number, upload: Upload): Promise<LeadFileRow> {
  return withStored(ctx, [upload], () =>
    transact(ctx, async ctx => {
      await checkReferences(ctx, { lead_id: ['leads', leadId] })
      const [id] = await addFiles(ctx, [upload], { lead_id: leadId })
      recordEvent(ctx, 'lead.file_added', leadId, { file_id: id, name: upload.name })
      return rows(ctx, 'files').select(leadFileColumns).where('id', '=', id!).executeTakeFirstOrThrow()
    })
  )
}
