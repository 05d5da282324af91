// Columns that lists filter by: what about half of the rows have, what a tenth has, what a tenth has that no other column's tenth is
// beside, and what nobody has.

export interface Shares<T> {
  half: T
  tenth: T
  /** Which tenth of the rows, counted from 0, has `apart`. */
  place: number
  apart: T
  others: T[]
}

/** The shares of the filters' columns; ids are those of a new organization's own rows and of what is seeded. */
export const ticketShares = {
  status: { half: 5, tenth: 1, place: 0, apart: 2, others: [3, 4] },
  priority: { half: 2, tenth: 3, place: 1, apart: 1, others: [null] },
  assigned: { half: 1, tenth: 2, place: 2, apart: 3, others: [null, null, null, 4, 5, 6, 7, 8, 9, 10] },
  department: { half: 1, tenth: 2, place: 3, apart: 3, others: [null, 4, 5] },
  email: { half: 'monitor@example.com', tenth: 'partner@example.com', place: 4, apart: 'shop@example.com', others: ['person'] }
} satisfies Record<string, Shares<number | string | null>>

export const leadShares = {
  status: { half: 1, tenth: 2, place: 0, apart: 3, others: [null, 4, 5] },
  type: { half: 1, tenth: 2, place: 1, apart: 3, others: [null] },
  source: { half: 1, tenth: 2, place: 2, apart: 3, others: [null, 4, 5] },
  assigned: { ...ticketShares.assigned, place: 3 }
} satisfies Record<string, Shares<number | null>>

/** Draws the values of one row after another: `row()` begins one, and the function it gives draws a column's value. */
export const drawing = (random: () => number) => (): (<T>(shares: Shares<T>) => T) => {
  const tenth = Math.floor(random() * 10)
  return ({ half, tenth: few, place, apart, others }) => {
    if (tenth === place) return apart
    // Of the nine tenths that are left.
    const draw = random() * 9
    if (draw < 5) return half
    if (draw < 6) return few
    return others[Math.floor(random() * others.length)] as (typeof others)[number]
  }
}
