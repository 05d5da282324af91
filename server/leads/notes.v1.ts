import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import { listAnswer, paging } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { actAs } from '../staff/queries.ts'
import { LeadParams } from './lead.v1.ts'
import { addNote, getNote, type NoteRow, noteColumns, noteCount, notePage, updateNote } from './notes.ts'
import { getLead } from './queries.ts'

const NoteShape = cell.shape<NoteRow>()({
  id: cell.id('id'),
  rel_id: cell.id('lead_id'),
  rel_type: cell.always('lead'),
  description: cell.text('description', 'Wants an offer by Friday.'),
  date_contacted: cell.optionalTime('contacted_at'),
  addedfrom: cell.reference('staff_id'),
  dateadded: cell.time('created_at'),
  firstname: cell.optionalText('first_name', 'Jane'),
  lastname: cell.optionalText('last_name', 'Doe')
})
const readNote = NoteShape.reading(noteColumns)

const description = field.required(field.text({ max: 65_536, example: 'Wants an offer by Friday.' }))
const staff_id = field.reference({ about: 'The acting staff member; without one the app itself acts' })

const NoteForm = form({
  lead_id: field.required(field.id()),
  description,
  date_contacted: field.time({
    about: 'When the lead was spoken to, in the time zone of the organization: becomes its lastcontact'
  }),
  staff_id
})

const NoteParams = form({ note_id: field.required(field.id()) })

/** The note endpoints of the contract. */
export function notesV1(route: V1): void {
  readNotes(route)
  writeNotes(route)
}

function readNotes(route: V1): void {
  route({
    method: 'GET',
    path: '/leads/notes/list/:lead_id',
    title: 'Lead Notes List',
    about: 'Newest first.',
    permission: 'leads:read',
    params: LeadParams,
    query: form(paging),
    answer: { list: NoteShape },
    handle: async ({ ctx, params, query, wire }) => {
      await getLead(ctx, params.lead_id)
      return listAnswer({ ctx, wire, query, read: readNote, page: notePage, count: noteCount }, { lead_id: params.lead_id })
    }
  })
  route({
    method: 'GET',
    path: '/leads/notes/details/:note_id',
    title: 'Lead Note Detail',
    permission: 'leads:read',
    params: NoteParams,
    answer: { one: NoteShape },
    handle: async ({ ctx, params, wire }) => success(NoteShape.write(await getNote(ctx, params.note_id), wire))
  })
}

function writeNotes(route: V1): void {
  route({
    method: 'POST',
    path: '/leads/notes/create',
    title: 'Lead Notes Create',
    permission: 'leads:write',
    body: NoteForm,
    answer: { one: NoteShape },
    handle: async ({ ctx, body, wire }) => {
      const { lead_id, description, date_contacted, staff_id } = body
      const contacted_at = date_contacted ? (wire.clock.parse(date_contacted) ?? null) : null
      const note = await addNote(await actAs(ctx, staff_id), { lead_id, description, contacted_at })
      return success(NoteShape.write(note, wire))
    }
  })
  route({
    method: 'PUT',
    path: '/leads/notes/update/:note_id',
    title: 'Lead Notes Update',
    permission: 'leads:write',
    params: NoteParams,
    body: form({ description, staff_id }),
    answer: { one: NoteShape },
    handle: async ({ ctx, params, body, wire }) => {
      const note = await updateNote(await actAs(ctx, body.staff_id), params.note_id, body.description)
      return success(NoteShape.write(note, wire))
    }
  })
}
