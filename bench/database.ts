import type { Seeded, Wanted } from './seed.ts'
import type { Server } from './servers.ts'

/** Where the measured rows are: the same product and an equally plain baseline run on both kinds. */
export interface Database {
  kind: 'sqlite' | 'postgres'
  /** What it is and how it is set, for people. */
  title: string
  /** Makes a database of `rows` tickets (and leads), or takes the one that an earlier run made. */
  seed(wanted: Wanted): Promise<Seeded>
  /** A copy to write to; `remove` it afterwards. */
  copy(seeded: Seeded, name: string): Promise<Seeded>
  remove(copied: Seeded): Promise<void>
  startProduct(seeded: Seeded, options?: { args?: string[] }): Promise<Server>
  startBaseline(seeded: Seeded): Promise<Server>
  /** CPU milliseconds that the database's own processes have used: none when it is part of the server's. */
  cpu(): number
  stop(): Promise<void>
}
