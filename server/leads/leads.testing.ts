import type { TestOrganization } from '../testing.ts'

// What the tests of leads share.

export interface LeadData {
  id: string
  name: string
  [key: string]: unknown
}

export const details = async ({ api }: Pick<TestOrganization, 'api'>, id: number | string): Promise<LeadData> =>
  (await api.get(`/api/v1/leads/details/${id}`)).body.data

/** The names that the list answers to a query. */
export const listed = async ({ api }: Pick<TestOrganization, 'api'>, query = ''): Promise<string[]> => {
  const { status, text, body } = await api.get(`/api/v1/leads/list?${query}`)
  if (status !== 200) throw new Error(text)
  return body.data.map(({ name }: LeadData) => name)
}

export const change = ({ api }: Pick<TestOrganization, 'api'>, id: number, fields: object) =>
  api.json('PATCH', `/api/v2/leads/${id}`, fields)

/** What happened to the organization's leads, oldest first. */
export const events = async ({ ctx }: TestOrganization) =>
  (
    await ctx.db.kysely
      .selectFrom('events')
      .select(['type', 'record_id', 'data', 'actor_type', 'actor_id'])
      .where('organization_id', '=', ctx.organization.id)
      .where('record_type', '=', 'lead')
      .orderBy('position')
      .execute()
  ).map(event => ({ ...event, data: JSON.parse(event.data) }))

/** The ids of the rows that a new organization begins with, in their order. */
export const idsOf = async ({ ctx }: TestOrganization, table: 'lead_statuses' | 'lead_types' | 'sources'): Promise<number[]> =>
  (
    await ctx.db.kysely.selectFrom(table).select('id').where('organization_id', '=', ctx.organization.id).orderBy('id').execute()
  ).map(({ id }) => id)
