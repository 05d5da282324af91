import { setTimeout as wait } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import { isBusy, isOutOfOrder } from '../dialect.ts'
import type { WriteHandle } from '../handle.ts'
import type { SqliteHandle } from './handle.ts'

interface Job {
  verb: (db: WriteHandle) => Promise<unknown>
  resolve: (result: unknown) => void
  reject: (reason: unknown) => void
  /** Shares its commit with no other, has no savepoint, and waits longer for other processes. */
  alone: boolean
}

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const groupSize = 64
const patienceMs = 3000
const alonePatienceMs = 60_000

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
  transact<T>(verb: (db: WriteHandle) => Promise<T>): Promise<T> {
    return this.#add(verb, false)
  }

  /**
   * The same as a transaction of its own: for many rows, of which SQLite would keep a copy of every page that a savepoint touches,
   * and for what may wait a minute for another process.
   */
  alone<T>(verb: (db: WriteHandle) => Promise<T>): Promise<T> {
    return this.#add(verb, true)
  }

  #add<T>(verb: (db: WriteHandle) => Promise<T>, alone: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ verb, resolve: resolve as (result: unknown) => void, reject, alone })
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
      const group = this.#queue.splice(0, this.#groupLength())
      await this.#commit(group).catch(error => {
        for (const job of group) job.reject(error)
        this.#undo()
      })
      if (this.#queue.length > 0) await nextTurn()
    }
    this.#working = undefined
  }

  #groupLength(): number {
    const alone = this.#queue.findIndex(job => job.alone)
    return alone < 0 ? groupSize : Math.min(Math.max(alone, 1), groupSize)
  }

  /** On a broken disk even this may fail: then the next transaction says so again. */
  #undo(): void {
    try {
      if (this.#db.raw.inTransaction) this.#db.raw.exec('rollback')
    } catch {}
  }

  async #commit(group: Job[]): Promise<void> {
    const isAlone = group[0]?.alone === true
    await this.#begin(isAlone ? alonePatienceMs : patienceMs)
    const answers: (() => void)[] = []
    for (const job of group) answers.push(await (isAlone ? this.#run(job) : this.#attempt(job)))
    this.#exec('commit')
    for (const answer of answers) answer()
  }

  async #run({ verb, resolve }: Job): Promise<() => void> {
    const result = await verb(this.#db)
    return () => resolve(result)
  }

  async #attempt(job: Job): Promise<() => void> {
    this.#exec('savepoint verb')
    try {
      const answer = await this.#run(job)
      this.#exec('release verb')
      return answer
    } catch (error) {
      // A full disk and the like end SQLite's transaction by themselves: then nothing of the group was saved.
      if (!this.#db.raw.inTransaction || isOutOfOrder(error)) throw error
      this.#exec('rollback to verb')
      this.#exec('release verb')
      return () => job.reject(error)
    }
  }

  /** Waits for another process's transaction without holding up the event loop. */
  async #begin(patience: number): Promise<void> {
    const deadline = Date.now() + patience
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
