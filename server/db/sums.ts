import { sql } from 'kysely'

/**
 * Selects the exact sum of a money column, such as `leads.value`, in two parts: a million great amounts exceed every integer of a
 * database, and the parts stay within what a number holds.
 */
export const moneySum = (column: string) =>
  [
    sql<number>`coalesce(sum(${sql.ref(column)} / 1000000), 0)`.as('millions'),
    sql<number>`coalesce(sum(${sql.ref(column)} % 1000000), 0)`.as('units')
  ] as const

/** The sum that `moneySum` selected as `10.00`. */
export function formatMoneySum({ millions, units }: { millions: number; units: number }): string {
  const minor = BigInt(millions) * 1_000_000n + BigInt(units)
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
}
