import { prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { indexTerms } from '../platform/terms.ts'

interface Searched {
  name: string
  title: string | null
  company: string | null
  email: string | null
  phone: string | null
  city: string | null
  state: string | null
  zip: string | null
  country: string | null
  website: string | null
  description: string | null
}

/** What a lead is found by. */
export const leadTerms = (lead: Searched, tags: string[]): string =>
  indexTerms(
    [
      lead.name,
      lead.title,
      lead.company,
      lead.email,
      lead.city,
      lead.state,
      lead.zip,
      lead.country,
      lead.website,
      ...tags,
      lead.description
    ],
    [lead.phone]
  )

const nextLeads = prepared<{ after: number; limit: number }>()((scope, arg) =>
  rows(scope, 'leads')
    .select(['id', 'name', 'title', 'company', 'email', 'phone', 'city', 'state', 'zip', 'country', 'website', 'description'])
    .where('id', '>', arg('after'))
    .orderBy('id')
    .limit(arg('limit'))
)

const tagsBetween = prepared<{ after: number; last: number }>()((scope, arg) =>
  rows(scope, 'lead_tags')
    .innerJoin('tags', join =>
      join.onRef('tags.organization_id', '=', 'lead_tags.organization_id').onRef('tags.id', '=', 'lead_tags.tag_id')
    )
    .select(['lead_tags.lead_id', 'tags.name'])
    .where('lead_tags.lead_id', '>', arg('after'))
    .where('lead_tags.lead_id', '<=', arg('last'))
)

/** What the next leads after an id are found by, for writing the full-text index anew. */
export async function leadsToIndex(ctx: Context, after: number, limit: number): Promise<{ id: number; terms: string }[]> {
  const leads = await nextLeads.all(ctx, { after, limit })
  const tags = Map.groupBy(await tagsBetween.all(ctx, { after, last: leads.at(-1)?.id ?? after }), ({ lead_id }) => lead_id)
  return leads.map(lead => ({ id: lead.id, terms: leadTerms(lead, tags.get(lead.id)?.map(({ name }) => name) ?? []) }))
}
