import { createIndex, expectMany, run, type Target } from '../ddl.ts'

/** Customers are listed by the time they were entered. */
export async function up(db: Target): Promise<void> {
  await createIndex(db, 'customers', ['created_at'], true)
  if (db.dialect === 'sqlite') await run(db, "delete from sqlite_stat1 where tbl = 'customers'")
  await expectMany(db, ['customers'])
}
