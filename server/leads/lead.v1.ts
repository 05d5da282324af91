import * as field from '../platform/fields.ts'
import { form } from '../platform/forms.ts'
import * as cell from '../platform/wire.ts'

/** What list, details and summary of a lead begin with. */
export const leadCells = {
  id: cell.id('id'),
  name: cell.text('name', 'Jane Doe'),
  title: cell.optionalText('title', 'Buyer'),
  company: cell.optionalText('company', 'Example Ltd'),
  phonenumber: cell.optionalText('phone', '+1 555 0100'),
  email: cell.optionalText('email', 'jane@example.com'),
  status: cell.optionalText('status', 'New'),
  date: cell.time('created_at'),
  chat_id: cell.optionalText('chat_id'),
  assigned: cell.reference('assigned_id'),
  is_public: cell.flag('is_public'),
  chat: cell.flag('has_chat'),
  chat_date: cell.optionalTime('chat_started_at'),
  lead_type: cell.optionalText('lead_type', 'Sales'),
  assigned_to: cell.optionalText('assigned_to', 'John Doe'),
  color: cell.optionalText('color', '#84CC16')
} as const

/** What details and summary end with. */
export const counts = { notes_count: cell.count('notes_count'), attachment_count: cell.count('attachment_count') } as const

/** `:lead_id` in a path. */
export const LeadParams = form({ lead_id: field.required(field.id()) })
