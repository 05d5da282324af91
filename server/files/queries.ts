import { type Expression, type Selectable, type SqlBool, sql } from 'kysely'
import { type Caller, prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Store } from '../db/store.ts'
import type { FilesTable } from '../db/tables.ts'
import { fileRemoval } from './removal.ts'

type Parent = 'lead_id' | 'deal_id' | 'ticket_id'

/** A stored file's row. */
export type FileRow = Selectable<FilesTable>

const byParent = (parent: Parent) =>
  prepared<{ id: number }>()((scope, arg) =>
    rows(scope, 'files')
      .selectAll()
      .where(eb => eb(eb.ref(parent), '=', arg('id')) as unknown as Expression<SqlBool>)
      .orderBy('id', 'desc')
  )

const byParents = { lead_id: byParent('lead_id'), deal_id: byParent('deal_id'), ticket_id: byParent('ticket_id') }

/** The files of one record, newest first. */
export const filesOf = (caller: Caller, parent: Parent, id: number): Promise<FileRow[]> => byParents[parent].all(caller, { id })

/** What a link needs: the organization's secret and the stored file. */
export async function fileForLink({ reader }: Store, organizationId: number, fileId: number) {
  const scope = { db: reader, organization: { id: organizationId } }
  return rows(scope, 'files')
    .innerJoin('organizations', 'organizations.id', 'files.organization_id')
    .select(['files.key', 'files.name', 'files.type', 'files.size', 'organizations.link_secret'])
    .where('files.id', '=', fileId)
    .executeTakeFirst()
}

/** Which of these storage keys are cared for, in any organization: a row names them, or a job will remove them. The leftovers' sweep asks. */
export async function knownKeys({ reader }: Store, keys: string[]): Promise<Set<string>> {
  const named = await reader.kysely.selectFrom('files').select('key').where('key', 'in', keys).execute()
  const known = new Set(named.map(({ key }) => key))
  const payloads = new Map(keys.filter(key => !known.has(key)).map(key => [JSON.stringify({ key }), key]))
  if (payloads.size === 0) return known
  const awaited = await reader.kysely
    .selectFrom('jobs')
    .select('payload')
    .where('kind', '=', sql.lit(fileRemoval.name))
    .where('payload', 'in', [...payloads.keys()])
    .where('state', '!=', 'dead')
    .execute()
  for (const { payload } of awaited) known.add(payloads.get(payload) as string)
  return known
}
