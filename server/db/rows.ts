import type {
  DeleteQueryBuilder,
  DeleteResult,
  Insertable,
  InsertQueryBuilder,
  InsertResult,
  SelectQueryBuilder,
  UpdateQueryBuilder,
  UpdateResult
} from 'kysely'
import type { Handle } from './handle.ts'
import type { OwnedTable, Tables } from './tables.ts'

// Every query starts here, from the organization of its context: there is no other way to a row.

/** A context, or anything else that knows its database and its organization. */
export interface Scope {
  db: Pick<Handle, 'kysely' | 'dialect'>
  organization: { id: number }
}

type Values<T extends OwnedTable> = Omit<Insertable<Tables[T]>, 'organization_id'>

// Kysely cannot follow a table name that is a type parameter, so each helper is written for one table and typed for all.

/** The organization's rows of `table`. */
export const rows = <T extends OwnedTable>({ db, organization }: Scope, table: T): SelectQueryBuilder<Tables, T, object> =>
  db.kysely
    .selectFrom(table as 'staff')
    .where(`${table}.organization_id` as 'staff.organization_id', '=', organization.id) as unknown as SelectQueryBuilder<
    Tables,
    T,
    object
  >

/** Inserts rows of the organization. */
export const insert = <T extends OwnedTable>(
  { db, organization }: Scope,
  table: T,
  values: Values<T> | Values<T>[]
): InsertQueryBuilder<Tables, T, InsertResult> => {
  const own = (row: Values<T>) => ({ organization_id: organization.id, ...row }) as never
  return db.kysely
    .insertInto(table as 'staff')
    .values(Array.isArray(values) ? values.map(own) : own(values)) as unknown as InsertQueryBuilder<Tables, T, InsertResult>
}

/** Changes the organization's rows of `table`; say which, then `set`. */
export const update = <T extends OwnedTable>(
  { db, organization }: Scope,
  table: T
): UpdateQueryBuilder<Tables, T, T, UpdateResult> =>
  db.kysely.updateTable(table as 'staff').where('organization_id', '=', organization.id) as unknown as UpdateQueryBuilder<
    Tables,
    T,
    T,
    UpdateResult
  >

/** Removes the organization's rows of `table`; say which. */
export const remove = <T extends OwnedTable>(
  { db, organization }: Scope,
  table: T
): DeleteQueryBuilder<Tables, T, DeleteResult> =>
  db.kysely.deleteFrom(table as 'staff').where('organization_id', '=', organization.id) as unknown as DeleteQueryBuilder<
    Tables,
    T,
    DeleteResult
  >
