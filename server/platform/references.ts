import { type Prepared, prepared } from '../db/prepared.ts'
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

const lookups = new Map<OwnedTable, Prepared<{ id: number }, { id: number }>>()

/** A row of this organization; a staff member must be active too. */
async function exists(ctx: Context, table: OwnedTable, id: number): Promise<boolean> {
  let lookup = lookups.get(table)
  if (!lookup) {
    lookup = prepared<{ id: number }>()((scope, arg) => {
      const query = rows(scope, table as 'staff')
        .select('id')
        .where('id', '=', arg('id'))
      return table === 'staff' ? query.where('is_active', '=', 1) : query
    })
    lookups.set(table, lookup)
  }
  return (await lookup.first(ctx, { id })) !== undefined
}

async function existAll(ctx: Context, table: OwnedTable, ids: readonly number[]): Promise<boolean> {
  for (const id of ids) if (!(await exists(ctx, table, id))) return false
  return true
}

/**
 * Refuses (422, naming every such field) values that name no row of this organization; null and undefined name none, several must all be there.
 * `checkReferences(ctx, { department_id: ['departments', input.department_id] })`
 */
export async function checkReferences(
  ctx: Context,
  references: Record<string, [OwnedTable, number | readonly number[] | null | undefined]>
): Promise<void> {
  const errors: FieldErrors = {}
  for (const [field, [table, named]] of Object.entries(references)) {
    if (await existAll(ctx, table, [named ?? []].flat())) continue
    errors[field] =
      `names no ${nouns[table] ?? table.replace(/ies$/, 'y').replace(/s$/, '').replaceAll('_', ' ')} of this organization`
  }
  if (Object.keys(errors).length > 0) throw unprocessable(errors)
}
