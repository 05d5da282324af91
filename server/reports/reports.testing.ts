import { indexTerms } from '../platform/terms.ts'
import { Bulk } from '../seed/bulk.ts'
import type { TestOrganization } from '../testing.ts'

export interface SeededLead {
  id: number
  name: string
  created_at: number
  status_id: number | null
  type_id: number | null
  source_id: number | null
  assigned_id: number | null
  is_public: 0 | 1
  is_lost: 0 | 1
  is_junk: 0 | 1
  converted_at: number | null
  value: number | null
  description: string | null
}

const empty = {
  name: 'Jane Doe',
  status_id: null,
  type_id: null,
  source_id: null,
  assigned_id: null,
  is_public: 0 as const,
  is_lost: 0 as const,
  is_junk: 0 as const,
  converted_at: null,
  value: null,
  description: null
}

/** Puts leads of any time into the database, which no endpoint does; `findable` by their names or not. */
export function seedLeads(
  { ctx }: TestOrganization,
  leads: (Partial<SeededLead> & { created_at: number })[],
  findable: 'findable' | 'unfindable' = 'unfindable'
): Promise<SeededLead[]> {
  return ctx.store.exclusively(async db => {
    const bulk = new Bulk(ctx.organization.id)
    await bulk.begin(db, 0)
    const seeded = leads.map(given => {
      const lead = { ...empty, ...given }
      const id = bulk.insert('leads', { ...lead, updated_at: 0 })
      if (findable === 'findable') bulk.search('lead_search', id, indexTerms([lead.name]))
      return { ...lead, id }
    })
    await bulk.finish(db)
    return seeded
  })
}

/** Numbers from 0 to below `most`, the same in every run. */
export function dice(seed: number): (most: number) => number {
  let state = seed
  return most => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}

/** The cells of a CSV file as RFC 4180 has them. */
export function readCsv(file: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  const rows: string[][] = []
  let row: string[] = []
  while (cell.lastIndex < file.length) {
    const at = cell.lastIndex
    const match = cell.exec(file)
    if (!match) throw new Error(`No CSV at ${at}: ${file.slice(at, at + 80)}`)
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
