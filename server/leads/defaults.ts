import { insert } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { fold } from '../platform/terms.ts'

/** The statuses, types and sources of leads that a new organization begins with. */
export async function addLeadDefaults(ctx: Context): Promise<void> {
  const statuses = [
    ['New', '#84CC16'],
    ['Contacted', '#0EA5E9'],
    ['Qualified', '#8B5CF6'],
    ['Unqualified', '#94A3B8'],
    ['Customer', '#7cb342']
  ] as const
  await insert(
    ctx,
    'lead_statuses',
    statuses.map(([name, color], index) => ({ name, color, position: index + 1, is_default: name === 'Customer' ? 1 : 0 }))
  ).execute()
  const named = (name: string) => ({ name, name_key: fold(name) })
  await insert(ctx, 'lead_types', ['Sales', 'Support', 'Other'].map(named)).execute()
  await insert(ctx, 'sources', ['Website', 'Phone', 'E-mail', 'Import', 'Referral'].map(named)).execute()
}
