import type { Expression, Selectable, SqlBool } from 'kysely'
import { type Caller, prepared } from '../db/prepared.ts'
import { rows } from '../db/rows.ts'
import type { Store } from '../db/store.ts'
import type { FilesTable } from '../db/tables.ts'

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

/** Which of these storage keys a row names, in any organization: the leftovers' sweep asks. */
export async function knownKeys({ reader }: Store, keys: string[]): Promise<Set<string>> {
  const found = await reader.kysely.selectFrom('files').select('key').where('key', 'in', keys).execute()
  return new Set(found.map(({ key }) => key))
}
