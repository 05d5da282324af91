import type { TestOrganization } from '../testing.ts'

// What the tests of staff share.

export const jane = { firstname: 'Jane', lastname: 'Doe', email: 'jane@example.com' }
export const password = 'seven blue herons'
export const change = { firstname: 'Jane', status: '1' }

export const update = (org: TestOrganization, id: string | number, fields: Record<string, string | string[]>) =>
  org.api.put(`/api/v1/staff/update/${id}`, fields)
export const named = (list: { data: { firstname: string }[] }) => list.data.map(({ firstname }) => firstname)
export const events = async ({ ctx }: TestOrganization, id: string) =>
  (
    await ctx.db.kysely
      .selectFrom('events')
      .select(['type', 'data', 'actor_type', 'actor_id'])
      .where('organization_id', '=', ctx.organization.id)
      .where('record_type', '=', 'staff')
      .where('record_id', '=', Number(id))
      .orderBy('position')
      .execute()
  ).map(event => ({ ...event, data: JSON.parse(event.data) }))

export async function ownRows({ ctx }: TestOrganization): Promise<[role: string, department: string]> {
  const first = async (table: 'roles' | 'departments') =>
    ctx.db.kysely
      .selectFrom(table)
      .select('id')
      .where('organization_id', '=', ctx.organization.id)
      .orderBy('id')
      .executeTakeFirstOrThrow()
  return [String((await first('roles')).id), String((await first('departments')).id)]
}

export const newDepartment = ({ ctx }: TestOrganization, name: string): Promise<string> =>
  ctx.store.transact(async db => {
    const { id } = await db.kysely
      .insertInto('departments')
      .values({ organization_id: ctx.organization.id, name })
      .returning('id')
      .executeTakeFirstOrThrow()
    return String(id)
  })

export const hashOf = async ({ ctx }: TestOrganization, id: string): Promise<string | null> =>
  (await ctx.db.kysely.selectFrom('staff').select('password_hash').where('id', '=', Number(id)).executeTakeFirstOrThrow())
    .password_hash
