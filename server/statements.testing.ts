import { tablesInOrder } from './db/tables.ts'

// Reads the text of a statement as far as it takes to tell whether every table in it is held to one organization.

type Token = string | Token[]

const searches = ['ticket_search', 'lead_search', 'deal_search', 'call_search']
const tables: ReadonlySet<string> = new Set(tablesInOrder)
const column = (table: string): string => (table === 'organizations' ? 'id' : 'organization_id')

/** The text in one form for both databases: no quotes, `$` for every value. */
export const plainText = (text: string): string =>
  text
    .replace(/'(?:[^']|'')*'/g, "''")
    .replaceAll('"', '')
    .replace(/\+?\?|\$\d+/g, '$')
    .replace(/(?<![\w.])\d+/g, '$')
    .replace(/\$(, ?\$)+/g, '$, …')
    .replace(/\(\$, …\)(, ?\(\$, …\))+/g, '($, …), …')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

/**
 * The tables of a statement that no condition holds to an organization: `x.organization_id = $1`, or `= y.organization_id` of a
 * table that is held. Empty when all are.
 */
export function unheldTables(text: string): string[] {
  const tokens = plainText(text).match(/[a-z_][\w.]*|[$();,]|[^\s\w$();,.]+|\S/g) ?? []
  return splitAt(nest(tokens), [';']).flatMap(statement => inspect(statement, new Set()))
}

function nest(tokens: readonly string[]): Token[] {
  const open: Token[][] = [[]]
  for (const token of tokens) {
    if (token === '(') open.push([])
    else if (token === ')') open.at(-2)?.push(open.pop() as Token[])
    else open.at(-1)?.push(token)
  }
  return open[0] as Token[]
}

function splitAt(tokens: Token[], words: readonly string[]): Token[][] {
  const parts: Token[][] = [[]]
  for (const token of tokens) {
    if (typeof token === 'string' && words.includes(token)) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

const isStatement = (tokens: Token[]): boolean => ['select', 'with'].includes(tokens[0] as string)

/** `outer` are the names around it that are held. */
function inspect(tokens: Token[], outer: ReadonlySet<string>): string[] {
  return splitAt(tokens, ['union', 'intersect', 'except']).flatMap(part => {
    const { named, conditions } = readClauses(part)
    const held = holdAll(named, conditions, outer)
    const unheld = [...named]
      .filter(([name]) => !held.has(name))
      .map(([name, table]) => (name === table ? name : `${table} ${name}`))
    return [...unheld, ...withoutOrganization(part), ...inspectNested(part, held)]
  })
}

const inspectNested = (tokens: Token[], held: ReadonlySet<string>): string[] =>
  tokens
    .filter(token => Array.isArray(token))
    .flatMap(inner => (isStatement(inner) ? inspect(inner, held) : inspectNested(inner, held)))

interface Condition {
  tokens: Token[]
  /** Of an outer join: the one name that its condition holds. */
  only?: string | undefined
}

const clauseWords = [
  'from',
  'where',
  'on',
  'set',
  'group',
  'order',
  'having',
  'limit',
  'offset',
  'returning',
  'values',
  'for',
  'select'
]
const joinWords = ['join', 'inner', 'left', 'right', 'full', 'cross', 'lateral', 'only']

/** The tables of one select, update or delete by the names they have in it, and the conditions of its `where` and `on`. */
function readClauses(tokens: Token[]) {
  const named = new Map<string, string>()
  const conditions: Condition[] = []
  let clause = ''
  let isOuter = false
  let newest: string | undefined
  for (const [at, token] of tokens.entries()) {
    const word = typeof token === 'string' ? token : ''
    if (clauseWords.includes(word) || joinWords.includes(word) || word === 'update') {
      clause = word
      if (word === 'left' || word === 'right' || word === 'full') isOuter = true
      if (word === 'from' || word === 'where') isOuter = false
      if (word === 'where') conditions.push({ tokens: [] })
      if (word === 'on') conditions.push({ tokens: [], only: isOuter ? newest : undefined })
      continue
    }
    if (clause === 'on' && word === ',') clause = 'from'
    if (clause === 'where' || clause === 'on') conditions.at(-1)?.tokens.push(token)
    const stands = ['from', 'update', 'join', 'lateral', 'only'].includes(clause)
    const begins = ['from', 'update', 'join', 'lateral', 'only', ','].includes(tokens[at - 1] as string)
    if (!stands || !begins || !tables.has(word)) continue
    newest = aliasAt(tokens, at + 1) ?? word
    named.set(newest, word)
    if (tokens[at - 1] === 'join' && !['left', 'right', 'full', 'outer'].includes(tokens[at - 2] as string)) isOuter = false
  }
  return { named, conditions }
}

function aliasAt(tokens: Token[], at: number): string | undefined {
  const [next, after] = [tokens[at], tokens[at + 1]]
  if (next === 'as') return after as string
  const isName = typeof next === 'string' && /^[a-z]/.test(next) && ![...clauseWords, ...joinWords].includes(next)
  return isName ? next : undefined
}

/** The names that the conditions hold to one organization, with those of `outer`. */
function holdAll(named: Map<string, string>, conditions: Condition[], outer: ReadonlySet<string>): Set<string> {
  const held = new Set([...outer].filter(name => !named.has(name)))
  const equalities = conditions.flatMap(({ tokens, only }) =>
    demands(tokens).map(sides => ({ sides: sides.map(side => whose(side, named)), only }))
  )
  for (let before = -1; before < held.size; ) {
    before = held.size
    for (const {
      sides: [left, right],
      only
    } of equalities) {
      for (const [own, other] of [
        [left, right],
        [right, left]
      ]) {
        const isKnown = other === '$' || (other !== undefined && held.has(other))
        if (own !== undefined && named.has(own) && isKnown && (only === undefined || only === own)) held.add(own)
      }
    }
  }
  return held
}

/** The two sides of each equality (and of SQLite's `match`) that must be true for the whole condition to be. */
function demands(condition: Token[]): Token[][] {
  if (splitAt(condition, ['or']).length > 1) return []
  return splitAt(condition, ['and']).flatMap(part => {
    const [left, sign, right] = part
    if (part.length === 1 && Array.isArray(left)) return isStatement(left) ? [] : demands(left)
    if (part.length !== 3) return []
    // The terms of a search begin with the organization's own.
    if (sign === 'match' && searches.includes(left as string) && right === '$') return [[`${left}.organization_id`, '$']]
    return sign === '=' ? [[left as Token, right as Token]] : []
  })
}

/** The name whose organization the side is, `$` for a value. */
function whose(side: Token | undefined, named: Map<string, string>): string | undefined {
  if (typeof side !== 'string' || side === '$') return side as '$' | undefined
  const [name, own] = side.includes('.') ? side.split('.') : [named.size === 1 ? [...named.keys()][0] : undefined, side]
  const table = name === undefined ? undefined : (named.get(name) ?? name)
  return table !== undefined && own === column(table) ? name : undefined
}

/** The table of an insert that does not say whose its rows are. */
function withoutOrganization(tokens: Token[]): string[] {
  const at = tokens.findIndex(token => token === 'into' || token === 'copy')
  const [table, columns] = at < 0 ? [] : tokens.slice(at + 1)
  if (typeof table !== 'string' || !tables.has(table) || table === 'organizations') return []
  return Array.isArray(columns) && columns.includes('organization_id') ? [] : [`${table} without its organization`]
}
