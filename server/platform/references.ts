import { rows } from '../db/rows.ts'
import type { OwnedTable } from '../db/tables.ts'
import type { Context } from './context.ts'
import { type FieldErrors, unprocessable } from './errors.ts'

const nouns: Partial<Record<OwnedTable, string>> = {
  staff: 'active staff member',
  ticket_statuses: 'ticket status',
  lead_statuses: 'lead status',
  lead_types: 'lead type'
}

/** A row of this organization; a staff member must be active too. */
async function exists(ctx: Context, table: OwnedTable, id: number): Promise<boolean> {
  const query = rows(ctx, table as 'staff')
    .select('id')
    .where('id', '=', id)
  return (await (table === 'staff' ? query.where('is_active', '=', 1) : query).executeTakeFirst()) !== undefined
}

/**
 * Refuses (422, naming every such field) values that name no row of this organization; null and undefined name none.
 * `checkReferences(ctx, { department_id: ['departments', input.department_id] })`
 */
export async function checkReferences(
  ctx: Context,
  references: Record<string, [OwnedTable, number | null | undefined]>
): Promise<void> {
  const errors: FieldErrors = {}
  for (const [field, [table, id]] of Object.entries(references)) {
    if (id === null || id === undefined || (await exists(ctx, table, id))) continue
    errors[field] =
      `names no ${nouns[table] ?? table.replace(/ies$/, 'y').replace(/s$/, '').replaceAll('_', ' ')} of this organization`
  }
  if (Object.keys(errors).length > 0) throw unprocessable(errors)
}
