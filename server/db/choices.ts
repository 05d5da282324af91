// Filters of which each may have several values.

/** Values of which any will do, by the name of a filter; null asks for rows that have none. */
export type Choices = Record<string, readonly (string | number | null)[]>

/** What a page or a count is asked for: one or more values of each filter as `spread` writes them, and a period or a search. */
export type KeysetArgs = Record<string, string | number | null | true | undefined>

/** The filters as a prepared list knows them: `{ status_id: [1, 3] }` is `{ status_id: 1, 'status_id 1': 3 }`. */
export const spread = (choices: Choices): KeysetArgs =>
  Object.fromEntries(
    Object.entries(choices).flatMap(([name, values]) => values.map((value, at) => [at === 0 ? name : `${name} ${at}`, value]))
  )

/** One filter for each choice of values, of what `spread` has written. */
export function choicesOf(given: KeysetArgs): KeysetArgs[] {
  const values = Map.groupBy(Object.entries(given), ([key]) => key.split(' ')[0] as string)
  let choices: KeysetArgs[] = [{}]
  for (const [name, some] of values) choices = choices.flatMap(choice => some.map(([, value]) => ({ ...choice, [name]: value })))
  return choices
}
