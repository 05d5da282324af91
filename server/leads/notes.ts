import { prepared } from '../db/prepared.ts'
import { insert, rows, type Scope, update } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { checkReferences } from '../platform/references.ts'
import { transact } from '../platform/transact.ts'
import { actingStaffId } from '../staff/queries.ts'

/** The columns of `notePage`, in order. */
export const noteColumns = [
  'notes.id',
  'notes.lead_id',
  'notes.description',
  'notes.contacted_at',
  'notes.staff_id',
  'notes.created_at',
  'staff.first_name',
  'staff.last_name'
] as const

const notes = (scope: Scope) =>
  rows(scope, 'notes').leftJoin('staff', join =>
    join.onRef('staff.organization_id', '=', 'notes.organization_id').onRef('staff.id', '=', 'notes.staff_id')
  )

/** A page of a lead's notes as arrays of `noteColumns`, newest first. */
export const notePage = prepared<{ lead_id: number; take: number; offset: number }>()((scope, arg) =>
  notes(scope)
    .select(noteColumns)
    .where('notes.lead_id', '=', arg('lead_id'))
    .orderBy('notes.created_at', 'desc')
    .orderBy('notes.id', 'desc')
    .limit(arg('take'))
    .offset(arg('offset'))
)

/** How many notes a lead has. */
export const noteCount = prepared<{ lead_id: number }>()((scope, arg) =>
  rows(scope, 'notes')
    .select(eb => eb.fn.countAll<number>().as('total'))
    .where('lead_id', '=', arg('lead_id'))
)

const noteById = prepared<{ id: number }>()((scope, arg) => notes(scope).select(noteColumns).where('notes.id', '=', arg('id')))

export type NoteRow = NonNullable<Awaited<ReturnType<typeof noteById.first>>>

/** The note of this id; 404 when there is none. */
export async function getNote(ctx: Context, id: number): Promise<NoteRow> {
  const note = await noteById.first(ctx, { id })
  if (!note) throw notFound('note')
  return note
}

interface NewNote {
  lead_id: number
  description: string
  /** When the lead was spoken to, in milliseconds: becomes the lead's last contact. */
  contacted_at: number | null
}

/** Adds a note to a lead and resolves with it. Refuses (422) an unknown lead. */
export function addNote(ctx: Context, { lead_id, description, contacted_at }: NewNote): Promise<NoteRow> {
  return transact(ctx, async ctx => {
    await checkReferences(ctx, { lead_id: ['leads', lead_id] })
    const row = { lead_id, description, contacted_at, staff_id: actingStaffId(ctx), created_at: Date.now() }
    const { id } = await insert(ctx, 'notes', row).returning('id').executeTakeFirstOrThrow()
    if (contacted_at !== null)
      await update(ctx, 'leads').set({ last_contact_at: contacted_at }).where('id', '=', lead_id).execute()
    recordEvent(ctx, 'lead.note_added', lead_id, { note_id: id })
    return getNote(ctx, id)
  })
}

/** Changes a note's words, its author stays, and resolves with it. 404 when there is no such note. */
export function updateNote(ctx: Context, id: number, description: string): Promise<NoteRow> {
  return transact(ctx, async ctx => {
    const note = await getNote(ctx, id)
    if (note.description === description) return note
    await update(ctx, 'notes').set({ description }).where('id', '=', id).execute()
    recordEvent(ctx, 'lead.note_updated', note.lead_id, { note_id: id })
    return getNote(ctx, id)
  })
}
