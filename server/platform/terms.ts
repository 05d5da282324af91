/** One word to look for: exactly, or as the beginning of an indexed word. */
export type Term = { term: string; prefix: boolean }

/** One demand of a search: any of these terms meets it. All demands of a search must be met. */
export type QueryTerm = { any: Term[] }

const MAX_TEXT = 20_000
const MAX_QUERY = 1_000
const MAX_QUERY_TERMS = 12
const MAX_WORD = 64
const MIN_PHONE = 4
const MAX_PHONE = 24

// fold() never yields these letters, and both databases keep them, so no word of a text can look like a phone or an organization
const PHONE = 'ø'
const ORGANIZATION = 'æ'
const MAIL = 'ł'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them
const ASCII = /^[\x00-\x7f]*$/
const ASCII_WORD = /[a-z0-9]+/g

// Marks of scripts that are read without them. Marks that make another word (か and が, Thai and Indic vowels) stay in keys.
const ACCENT = /[[[\p{M}&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}]]--[\u3099\u309a]]\p{DI}]/gv
const LETTER = /[ßøłæœđðþħŧıςʼ]/g
const PLAIN = new Map(
  Object.entries({ ß: 'ss', ø: 'o', ł: 'l', æ: 'ae', œ: 'oe', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ı: 'i', ς: 'σ', ʼ: "'" })
)
const FOREIGN_DIGIT = /[\p{Nd}--[0-9]]/gv

// What unicode61 does not keep inside a token: marks, and a few letters it takes for marks
const NOT_KEPT = /[\p{M}\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]/gu
const UNSPACED = /[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u
const WORD = new RegExp(`[[\\p{L}\\p{N}]--${UNSPACED.source}]+|[[\\p{L}\\p{N}]&&${UNSPACED.source}]+`, 'gv')
const MAIL_ADDRESS = /[^\s@<>()[\],;:"'|]{1,200}@[^\s@<>()[\],;:"'|]{1,200}/g
const PHONE_PIECE = /^[+(]*\d[\d()./+\p{Pd}]*$/u

/** The form of a text that compares equal whatever its case, accents, widths and ligatures: for unique keys, sort keys and terms. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  const bare = text.normalize('NFKD').replace(ACCENT, '').toLowerCase()
  const plain = bare.replace(LETTER, letter => PLAIN.get(letter) ?? letter).replace(FOREIGN_DIGIT, asciiDigit)
  return plain.normalize('NFC')
}

/** The form of a text that compares equal whatever its case, and only that: for addresses and titles that must be unique. */
export const caseKey = (text: string): string => text.normalize('NFC').toLowerCase()

/** The term that marks every row of an organization: put it before the row's `indexTerms`. No text can contain it. */
export const organizationTerm = (organizationId: number): string => `${ORGANIZATION}${organizationId}`

/**
 * The terms under which a row is found, each once, separated by spaces, of letters and digits only.
 * Words are cut at 64 characters; only the first 20,000 characters of each text and 24 digits of each phone are indexed.
 */
export function indexTerms(texts: (string | null | undefined)[], phones: (string | null | undefined)[] = []): string {
  const terms = new Set<string>()
  for (const text of texts) if (text) addWords(terms, text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text)
  for (const phone of phones) if (phone) addPhone(terms, phone)
  return [...terms].join(' ')
}

/**
 * What a person's search demands, at most 12 demands of its first 1,000 characters; empty when there is nothing to search for.
 * Words of two or more characters match beginnings, for `joh smi` is John Smith half typed; a single letter only itself, because as
 * a beginning it would match nearly every row. Signs and operators are plain text.
 */
export function queryTerms(text: string): QueryTerm[] {
  const found = new Map<string, QueryTerm>()
  const pieces = fold(text.slice(0, MAX_QUERY)).split(/\s+/)
  let run = ''
  for (const [at, piece] of pieces.entries()) {
    run = PHONE_PIECE.test(piece) ? run || phoneRun(pieces, at) : ''
    for (const [term, demand] of pieceDemands(piece, run)) found.set(term, demand)
  }
  return [...found.values()].slice(0, MAX_QUERY_TERMS)
}

/**
 * The FTS5 MATCH string: the organization's own term (`organizationTerm`), then every demand. Compare it with the table (`t MATCH ?`): a column needs
 * `detail` that our index does not keep. With an empty query it matches every row of the organization.
 */
export function ftsMatch(query: QueryTerm[], organization: string): string {
  const demands = query.map(({ any }) => `(${any.map(({ term, prefix }) => quote(term) + (prefix ? '*' : '')).join(' OR ')})`)
  return [quote(organization), ...demands].join(' AND ')
}

/** The same as PostgreSQL's `tsquery` writes it. */
export function tsQuery(query: QueryTerm[], organization: string): string {
  const demands = query.map(({ any }) => `(${any.map(({ term, prefix }) => `'${term}'${prefix ? ':*' : ''}`).join(' | ')})`)
  return [`'${organization}'`, ...demands].join(' & ')
}

/** The digits of a phone number, for equality: `+49 (0)30 1`, `0049 30 1` and `49301` are the same. Empty when it has none, 64 at most. */
export function phoneDigits(phone: string): string {
  const text = fold(phone).trim()
  // one sign may fold to several digits, and columns hold 64
  if (text.startsWith('+')) return digitsOf(text.replace('(0)', '')).slice(0, 64)
  return (/^\D*00/.test(text) ? digitsOf(text.replace('(0)', '')).slice(2) : digitsOf(text)).slice(0, 64)
}

function addWords(terms: Set<string>, text: string): void {
  if (text.includes('@')) for (const address of fold(text).match(MAIL_ADDRESS) ?? []) terms.add(mailTerm(address))
  if (ASCII.test(text)) {
    for (const word of text.toLowerCase().match(ASCII_WORD) ?? []) terms.add(cut(word))
    return
  }
  for (const word of wordsOf(fold(text))) {
    if (!UNSPACED.test(word)) terms.add(cut(word))
    else for (const pair of pairsOf(word)) terms.add(pair)
  }
}

/** The demand for the e-mail address in a text, exactly; none when there is no address. */
export const mailDemands = (text: string): QueryTerm[] =>
  (fold(text).match(MAIL_ADDRESS) ?? []).slice(0, 1).map(address => ({ any: [{ term: mailTerm(address), prefix: false }] }))

/** An e-mail address as one term beside its words: its words alone stand in very many rows. */
const mailTerm = (address: string): string => cut(MAIL + wordsOf(address).join(''))

function addPhone(terms: Set<string>, phone: string): void {
  const digits = phoneDigits(phone).slice(0, MAX_PHONE)
  for (let at = 0; at <= digits.length - MIN_PHONE; at++) terms.add(PHONE + digits.slice(at))
}

function wordsOf(folded: string): string[] {
  return folded.replace(NOT_KEPT, '').match(WORD) ?? []
}

/** Overlapping pairs of characters and the last character, so that every part of the word is found: pairs exactly, one as a beginning. */
function pairsOf(word: string): string[] {
  const characters = [...word]
  return characters.map((character, at) => character + (characters[at + 1] ?? ''))
}

/** `run` is the phone number that the piece is part of, or empty. */
function pieceDemands(piece: string, run: string): [string, QueryTerm][] {
  const address = piece.indexOf('@') === piece.lastIndexOf('@') ? piece.match(MAIL_ADDRESS)?.[0] : undefined
  if (address && wordsOf(address).length > 1) return [[mailTerm(address), { any: [{ term: mailTerm(address), prefix: true }] }]]
  return wordsOf(piece).flatMap(word => {
    const phones = phoneTerms(run ? [word, piece, run] : [word], word)
    return wordDemands(word).map((term): [string, QueryTerm] => [term.term, { any: [term, ...phones] }])
  })
}

function wordDemands(word: string): Term[] {
  if (!UNSPACED.test(word)) return [{ term: cut(word), prefix: word.length > 1 }]
  const pairs = pairsOf(word)
  if (pairs.length === 1) return [{ term: word, prefix: true }]
  return pairs.slice(0, -1).map(term => ({ term, prefix: false }))
}

/** The pieces from `at` that read as one number written with blanks, such as `(555) 0100`. */
function phoneRun(pieces: string[], at: number): string {
  const end = pieces.findIndex((piece, index) => index > at && !PHONE_PIECE.test(piece))
  return pieces.slice(at, end < 0 ? undefined : end).join(' ')
}

function phoneTerms(spellings: string[], word: string): Term[] {
  if (!/^\d+$/.test(word)) return []
  // a leading zero may be the trunk or the international prefix, which the kept number lacks
  const fragments = spellings.flatMap(text => [digitsOf(text), digitsOf(text).replace(/^0+/, ''), phoneDigits(text)])
  const kept = new Set(fragments.filter(digits => digits.length >= MIN_PHONE).map(digits => digits.slice(0, MAX_PHONE)))
  return [...kept].map(digits => ({ term: PHONE + digits, prefix: true }))
}

function cut(word: string): string {
  return word.length > MAX_WORD ? [...word].slice(0, MAX_WORD).join('') : word
}

function digitsOf(text: string): string {
  return text.replace(/[^0-9]/g, '')
}

/** Digits of every script stand in whole tens, zero first. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++
  return String(before % 10)
}

function quote(term: string): string {
  return `"${term.replaceAll('"', '""')}"`
}
