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
