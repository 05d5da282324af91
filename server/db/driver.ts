import type { DatabaseConnection, Driver } from 'kysely'

/** What Kysely runs its statements with. Transactions belong to the store, so the driver has none of its own. */
export function driverOf(connection: DatabaseConnection): Driver {
  const none = async (): Promise<void> => {
    throw new Error('Use transact')
  }
  const nothing = async (): Promise<void> => {}
  return {
    init: nothing,
    acquireConnection: async () => connection,
    releaseConnection: nothing,
    beginTransaction: none,
    commitTransaction: none,
    rollbackTransaction: none,
    destroy: nothing
  }
}
