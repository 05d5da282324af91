import type { EventEmitter } from 'node:events'
import type { Handle } from '../db/handle.ts'
import type { Store } from '../db/store.ts'
import type { PendingEvent } from './events.ts'
import type { PendingJob } from './jobs.ts'
import type { Storage } from './storage.ts'

/** Who acts: the app of a request, a staff member for whom it acts, or the installation itself. */
export type Actor =
  | { kind: 'app'; id: number; name: string }
  | { kind: 'staff'; id: number; name: string; email: string }
  | { kind: 'system'; id: null; name: string }

/** The tenant, as every request reads it. */
export interface Organization {
  id: number
  timeZone: string
  currency: string
  linkSecret: string
}

/** What the process shares with every request. */
export interface House {
  store: Store
  storage: Storage
  baseUrl: string
  /** Says in this process that a transaction with jobs was committed. */
  enqueued: EventEmitter<{ jobs: [] }>
}

/** Who acts, for which organization, on which database handle. Every verb and query takes it first. */
export interface Context extends House {
  /** The reader, or inside `transact` the transaction's own handle. */
  db: Handle
  organization: Organization
  actor: Actor
  /** What the caller may do, of `permissions`; ask with `demand`. */
  scopes: readonly string[]
  /** The contact the app was issued for. */
  contactId: number | null
  /** Set inside a transaction: the events it will record. */
  pending?: PendingEvent[]
  /** The same of the jobs it will enqueue. */
  pendingJobs?: PendingJob[]
}
