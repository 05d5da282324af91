/**
 * Numbers that look random and are the same every time: each record has its own sequence, begun by its kind and its place among
 * its kind, so that what a record is does not hang on how many others there are.
 */
export class Random {
  #state: number

  constructor(kind: string, index: number) {
    let state = 0x9e3779b9 ^ Math.imul(index + 1, 0x85ebca6b)
    for (let at = 0; at < kind.length; at++) state = Math.imul(state ^ kind.charCodeAt(at), 0xc2b2ae35)
    this.#state = state
    this.next()
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T
  }

  /** `count` different ones, in the order of the list. */
  some<T>(list: readonly T[], count: number): T[] {
    let wanted = count
    return list.filter((_item, at) => {
      const taken = this.next() * (list.length - at) < wanted
      if (taken) wanted -= 1
      return taken
    })
  }
}

/** Shuffles the numbers below 2^bits, each to another: neighbours come to lie far apart and none comes twice. */
export function scramble(number: number, bits: number): number {
  const mask = 2 ** bits - 1
  const half = bits >> 1
  let value = number & mask
  for (const factor of [0x2c1b3c6d, 0x297a2d39, 0x5bd1e995]) {
    value = Math.imul(value, factor) & mask
    value ^= value >>> half
  }
  return value
}

const pieces = new Map<string, string[]>()

/** `Hello {first}` with the words put into their places. The texts are few, so each is taken apart once. */
export function fill(text: string, words: Readonly<Record<string, unknown>>): string {
  let known = pieces.get(text)
  if (!known) {
    known = text.split(/\{(\w+)\}/)
    pieces.set(text, known)
  }
  let filled = known[0] as string
  for (let at = 1; at < known.length; at += 2) filled += `${words[known[at]!] ?? ''}${known[at + 1]}`
  return filled
}
