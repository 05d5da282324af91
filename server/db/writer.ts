import { setTimeout as wait } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import { isBusy, isOutOfOrder } from './dialect.ts'
import type { Handle, SqliteHandle } from './sqlite.ts'

interface Job {
  verb: (db: Handle) => Promise<unknown>
  resolve: (result: unknown) => void
  reject: (reason: unknown) => void
}

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const groupSize = 64
const patienceMs = 3000

/**
 * The one writer of an SQLite database. Transactions that arrive together share one commit, so one sync to disk: each runs in a
 * savepoint, so that a failing one rolls back alone, and all are answered after the COMMIT.
 */
export class Writer {
  readonly #db: SqliteHandle
  #queue: Job[] = []
  #working: Promise<void> | undefined

  constructor(db: SqliteHandle) {
    this.#db = db
  }

  /** Runs `verb` as one transaction. Inside it await only the database. Rejects with `unavailable` when nothing could be saved. */
  transact<T>(verb: (db: Handle) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ verb, resolve: resolve as (result: unknown) => void, reject })
      this.#working ??= this.#work()
    })
  }

  /** Resolves once every queued transaction has been answered. */
  async idle(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    // One turn of the event loop lets the requests of all sockets that are ready queue up, so that they share the commit.
    await nextTurn()
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, groupSize)
      await this.#commit(group).catch(error => {
        for (const job of group) job.reject(error)
        this.#undo()
      })
      if (this.#queue.length > 0) await nextTurn()
    }
    this.#working = undefined
  }

  /** On a broken disk even this may fail: then the next transaction says so again. */
  #undo(): void {
    try {
      if (this.#db.raw.inTransaction) this.#db.raw.exec('rollback')
    } catch {}
  }

  async #commit(group: Job[]): Promise<void> {
    await this.#begin()
    const answers: (() => void)[] = []
    for (const job of group) answers.push(await this.#attempt(job))
    this.#exec('commit')
    for (const answer of answers) answer()
  }

  async #attempt(job: Job): Promise<() => void> {
    this.#exec('savepoint verb')
    try {
      const result = await job.verb(this.#db)
      this.#exec('release verb')
      return () => job.resolve(result)
    } catch (error) {
      // A full disk and the like end SQLite's transaction by themselves: then nothing of the group was saved.
      if (!this.#db.raw.inTransaction || isOutOfOrder(error)) throw error
      this.#exec('rollback to verb')
      this.#exec('release verb')
      return () => job.reject(error)
    }
  }

  /** Waits for another process's transaction without holding up the event loop. */
  async #begin(): Promise<void> {
    const deadline = Date.now() + patienceMs
    // Short pauses: who asks seldom is passed by those who commit one after another.
    for (let pause = 2; ; pause = Math.min(pause * 2, 5)) {
      try {
        this.#exec('begin immediate')
        return
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw error
      }
      await wait(pause)
    }
  }

  #exec(sql: 'begin immediate' | 'commit' | 'savepoint verb' | 'release verb' | 'rollback to verb'): void {
    this.#statement(sql).run()
  }

  readonly #statements = new Map<string, Sqlite.Statement>()

  #statement(sql: string): Sqlite.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.raw.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
