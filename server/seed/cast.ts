import type { Bulk } from './bulk.ts'
import type { Firm, Member } from './firm.ts'
import type { Papers } from './papers.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** A lead that later records may refer to. */
export interface KnownLead {
  id: number
  person: Person
  since: number
  isQualified: boolean
}

/** A customer with its primary contact. */
export interface KnownCustomer {
  id: number
  contactId: number
  person: Person
  since: number
}

/** The newest of something: older ones are forgotten, so that memory stays constant. */
export class Recent<T extends { since: number }> {
  readonly #size: number
  readonly #items: T[] = []
  #count = 0

  constructor(size: number) {
    this.#size = size
  }

  add(item: T): void {
    this.#items[this.#count % this.#size] = item
    this.#count += 1
  }

  /** One that was there at the time, rather a new one than an old; undefined when a few tries find none. */
  pick(random: Random, at: number, fits: (item: T) => boolean = () => true): T | undefined {
    const known = this.#items.length
    for (let tries = 0; tries < 6 && known > 0; tries++) {
      const back = Math.floor(random.next() ** 2 * known)
      const item = this.#items[(this.#count - 1 - back + known * 2) % known] as T
      if (item.since < at && fits(item)) return item
    }
    return undefined
  }
}

/** What every builder of records has at hand. */
export interface Stage {
  bulk: Bulk
  firm: Firm
  leads: Recent<KnownLead>
  customers: Recent<KnownCustomer>
  papers: Papers
  /** The keys of all deals' titles. */
  titles: Set<string>
}

/** The time `delay` after `at`, drawn back where it would not lie before today; later steps stay later. */
export const after = (at: number, delay: number, { today }: Firm): number => at + Math.floor(Math.min(delay, (today - at) * 0.8))

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']

/** The words that stand in the demo's texts, beside those of the person. */
export const wordsOf = (random: Random, agent: Member) => ({
  agent: agent.name.split(' ')[0] as string,
  day: random.pick(weekdays),
  price: `${random.between(4, 60) * 50} plus tax`
})
