import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openThreads } from '../apart.ts'
import { throwUnavailable } from '../dialect.ts'
import type { Store } from '../store.ts'
import { openHandle, type SqliteHandle } from './handle.ts'
import { Writer } from './writer.ts'

/** What only SQLite has. */
export interface SqliteStore extends Store {
  path: string
  writer: SqliteHandle
  reader: SqliteHandle
}

/** Opens (and creates, with its folder) the database at `path`. */
export function openSqlite(path: string): SqliteStore {
  mkdirSync(dirname(path), { recursive: true })
  const writer = openHandle(path)
  const reader = openHandle(path)
  reader.raw.pragma('query_only = on')
  const queue = new Writer(writer)
  const apart = openThreads({ kind: 'sqlite', path })
  return {
    dialect: 'sqlite',
    place: path,
    path,
    reader,
    writer,
    version: versionOf(reader),
    staleMs: 0,
    apart,
    transact: verb => queue.transact(verb).catch(throwUnavailable),
    exclusively: verb => queue.alone(verb),
    loading: async verb => {
      // Has no effect within a transaction.
      writer.raw.pragma('foreign_keys = off')
      try {
        return await queue.alone(verb)
      } finally {
        writer.raw.pragma('foreign_keys = on')
      }
    },
    filling: async work => {
      enlarge(writer, roomy)
      try {
        return await work()
      } finally {
        enlarge(writer, usual)
      }
    },
    snapshot: async read => {
      const handle = openHandle(path, { readonly: true })
      try {
        handle.raw.exec('begin')
        return await read(handle)
      } finally {
        handle.raw.close()
      }
    },
    close: async () => {
      await queue.idle()
      await apart.close()
      reader.raw.close()
      writer.raw.close()
    }
  }
}

function versionOf({ raw }: SqliteHandle): () => number {
  const dataVersion = raw.prepare('pragma data_version').pluck()
  let turn: number | undefined
  return () => {
    // One look a turn of the event loop: requests that are handled in one turn had all arrived before it.
    if (turn === undefined) {
      turn = dataVersion.get() as number
      setImmediate(() => {
        turn = undefined
      })
    }
    return turn
  }
}

/** SQLite's `cache_size` and `wal_autocheckpoint`. */
interface Room {
  cache: number
  checkpoint: number
}

const usual: Room = { cache: -16_384, checkpoint: 1000 }
/** 128 MB, and 64 MB between two checkpoints: hot pages of the indexes are written to the file less often. */
const roomy: Room = { cache: -131_072, checkpoint: 16_000 }

function enlarge({ raw }: SqliteHandle, { cache, checkpoint }: Room): void {
  raw.pragma(`cache_size = ${cache}`)
  raw.pragma(`wal_autocheckpoint = ${checkpoint}`)
}
