import type { House } from '../platform/context.ts'
import { sweep } from '../platform/storage.ts'
import { knownKeys } from './queries.ts'

const day = 24 * 3_600_000

/** Removes files older than a day that no row names: what a crash between file and row left. Resolves with how many. */
export const sweepLeftovers = ({ store, storage }: House): Promise<number> =>
  sweep(storage, new Date(Date.now() - day), keys => knownKeys(store, keys))
