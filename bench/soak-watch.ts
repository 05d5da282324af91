import type { Asked } from './soak-load.ts'
import { memoryOf, type Seat } from './soak-stage.ts'

// Judges every answer as it comes: what it may be depends on what goes wrong just then.

const recoveryMs = 5000

/** A fault as it happened; times are `Date.now()`. */
interface Spell {
  name: string
  from: number
  to: number
  refusals: number
  unsure: number
  /** Milliseconds from its end to the last request that was refused. */
  recovered: number
  longest: number
}

export class Watch {
  readonly #seats: Seat[]
  readonly spells: Spell[] = []
  readonly failures: string[] = []
  readonly counts = new Map<string, number>()
  readonly #memory: number[] = []
  readonly #timer: NodeJS.Timeout
  requests = 0

  constructor(seats: Seat[]) {
    this.#seats = seats
    this.#timer = setInterval(() => this.#memory.push(memoryOf(seats[0] as Seat)), 1000)
  }

  /** Something goes wrong from now on; the result is called when it is over. */
  begin(name: string): () => void {
    const spell = { name, from: Date.now(), to: Number.POSITIVE_INFINITY, refusals: 0, unsure: 0, recovered: 0, longest: 0 }
    this.spells.push(spell)
    return () => {
      spell.to = Date.now()
    }
  }

  see(answer: Asked): void {
    this.requests += 1
    const word = answer.isWanted ? 'as wanted' : answer.status === 0 ? 'connection lost' : String(answer.status)
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1)
    const spell = this.spells.findLast(({ from }) => from <= answer.answered)
    if (spell && answer.asked >= spell.from) spell.longest = Math.max(spell.longest, answer.answered - answer.asked)
    const wrong = answer.isWanted || this.#seatWasAway(answer) ? undefined : this.#judge(answer, spell)
    if (!wrong) return
    const { what, server, status, text } = answer
    this.failures.push(`${what} at ${this.#seats[server]?.name}: ${status} ${text}, ${wrong}`)
  }

  /** What is wrong with an answer that nobody wants. */
  #judge({ what, status, isHonest, asked }: Asked, spell: Spell | undefined): string | undefined {
    // What began to arrive before the fault can only be cut off.
    const isCutStream = status === 0 && what === 'export'
    if (status !== 503 && !isCutStream) return 'which is none of what may be answered'
    if (!spell) return 'though nothing was wrong'
    spell.refusals += 1
    if (!isHonest && !isCutStream) spell.unsure += 1
    spell.recovered = Math.max(spell.recovered, asked - spell.to)
    return spell.recovered > recoveryMs ? `${asked - spell.to} ms after the end of: ${spell.name}` : undefined
  }

  #seatWasAway({ server, status, asked, answered }: Asked): boolean {
    if (status !== 0) return false
    const spells = this.#seats[server]?.away ?? []
    return spells.some(({ from, to }) => answered >= from && asked <= to + 100)
  }

  /** Megabytes of the first server, which is never killed: as it was after it had warmed up, at the end, and in each minute. */
  memory(): { warm: number; last: number; minutes: number[] } {
    clearInterval(this.#timer)
    const from = Math.min(60, Math.floor(this.#memory.length / 3))
    const minutes = Array.from({ length: Math.ceil(this.#memory.length / 60) }, (_, minute) =>
      middle(this.#memory.slice(minute * 60, minute * 60 + 60))
    )
    return { warm: middle(this.#memory.slice(from, from + 20)), last: middle(this.#memory.slice(-20)), minutes }
  }
}

const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
