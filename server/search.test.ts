import fc from 'fast-check'
import { expect, test } from 'vitest'
import { caseKey, indexTerms, queryTerms } from './platform/terms.ts'
import { makeDeal, makeLead, startApp, type TestOrganization } from './testing.ts'

// A search finds the same in both databases: what is expected here is the same for both.

const app = await startApp()

interface Made {
  id: string
  /** What it is found by. */
  texts: string[]
  phones: string[]
}

interface Kind {
  list: string
  idOf: (row: Record<string, string>) => string | undefined
  make: (org: TestOrganization, text: string, phone: string) => Promise<Made>
}

const started_at = '2024-03-01T10:00:00Z'
const kinds: Record<string, Kind> = {
  tickets: {
    list: '/api/v1/ticket/list',
    idOf: row => row.ticketid,
    make: async ({ api }, text) => {
      const form = { subject: 'Subject', message: text, name: 'Person' }
      const { ticketid } = (await api.post('/api/v1/ticket/create', form)).body.data
      return { id: ticketid, texts: [ticketid, 'Subject Person', text], phones: [] }
    }
  },
  leads: {
    list: '/api/v1/leads/list',
    idOf: row => row.id,
    make: async (org, text, phone) => {
      const { id } = await makeLead(org, { name: 'Person', description: text, phone })
      return { id: String(id), texts: ['Person', text], phones: [phone] }
    }
  },
  deals: {
    list: '/api/v1/deals/list',
    idOf: row => row.id,
    make: async (org, text) => ({ id: (await makeDeal(org, { title: text })).id, texts: [text], phones: [] })
  },
  calls: {
    list: '/api/v1/call-logs/list',
    idOf: row => row.id,
    make: async ({ api }, text, phone) => {
      const call = { direction: 'inbound', started_at, summary: text, phone: phone || '-' }
      const { body } = await api.json('POST', '/api/v2/calls', call)
      return { id: String(body.id), texts: [phone, text], phones: [phone] }
    }
  }
}

/** The ids that a search answers, or the status of its refusal. */
async function found(
  { api }: TestOrganization,
  { list, idOf }: Kind,
  question: string
): Promise<(string | undefined)[] | number> {
  const { status, body } = await api.get(`${list}?limit=500&search=${encodeURIComponent(question)}`)
  return status === 200 ? body.data.map(idOf) : status
}

const texts = {
  zurich: 'Straße in Zürich, Müller & Söhne',
  plain: 'STRASSE ZURICH muller',
  john: 'John Smith <john.smith@example.com> wrote',
  johanna: 'Johanna Smithers joh@example.org',
  chinese: '手机仓库系统显示的数量不对 iPhone手机',
  japanese: 'データ ベース ガス 検査',
  signs: '100% off _really_ "quoted" it’s O\'Brien C:\\temp',
  words: 'this or that and not near',
  letters: 'İstanbul ISPARTA ısırgan Łódź Ærøskøbing',
  scripts: 'Σίσυφος Ёлка שָׁלוֹם กินข้าว',
  widths: 'ﬁn ＡＢＣ５ ٤٥٦ 한국어 문서',
  odd: 'smile 😀 zero\u200bwidth soft\u00adhyphen',
  long: `${'x'.repeat(64)}y`,
  order: 'order 120334 is late AB-778/9'
}
type Label = keyof typeof texts
const all = Object.keys(texts) as Label[]

/** Who is found by these. */
const answers: [found: Label[], questions: string[]][] = [
  // Accents, case, ligatures and widths make no difference; words are found by their beginnings, all must be there.
  [
    ['zurich', 'plain'],
    ['STRASSE', 'straße', 'zürich muller', 'zurich MÜLLER', 'mu\u0308ller', 'str zur']
  ],
  [['zurich'], ['sohne', 'söh mül']],
  [['letters'], ['istanbul', 'ISTANBUL', 'İSTANBUL', 'ıspa', 'isir', 'lodz', 'ŁÓDŹ', 'aeroskobing', 'ærø']],
  [['scripts'], ['σισυφος', 'ΣΊΣΥΦΟΣ', 'елка', 'ЁЛКА', 'שלום']],
  [['widths'], ['fin', 'ﬁn', 'abc5', 'ＡＢＣ', '456', '٤٥', '한국', '문서']],
  [[], ['rasse', 'müller smith', '국어', '한국어 문', 'カス', 'obrien']],
  // E-mail addresses, whole, begun, and by their words.
  [
    ['john', 'johanna'],
    ['joh', 'joh smi', 'example']
  ],
  [['john'], ['john', 'john.smith', 'john.smith@example.com', 'JOHN.SMITH@EXAMPLE.COM', 'john.smith@exam', '@example.com']],
  [['john'], ['smith john wrote', 'john@smith']],
  [['johanna'], ['joh@example.org', 'example.org joh']],
  [[], ['smith@example.com', 'j', 'order late john']],
  // Any part of a text without blanks.
  [['chinese'], ['手机', '机', '仓', '库系', '数量不对', '手机 iphone']],
  [['japanese'], ['ガス', '検査', 'デー', 'ース']],
  [['scripts'], ['กิน', 'กนข', 'ข้าว']],
  [[], ['系库', '手数', '手'.repeat(150)]],
  // Signs and quotes are no words and no patterns.
  [all, ['%', '_', '*', '"', '""', '|', '(', '\\', '<->', '😀', ' ', '\t\n']],
  [['signs'], ['100%', '100', 'really', '_really_', 'rea%', '"quoted"', '"quoted off"', "'quoted'", 'temp', 'c:\\temp']],
  [['signs'], ["o'brien", 'o’brien', "it's", "brien's"]],
  [['odd'], ['smile 😀', 'zerowidth', 'zero', 'softhyphen', 'soft']],
  [['order'], ['120334', '1203', '#120334', 'AB-778', 'ab 778/9', 'ab-778/9 late', 'late order is']],
  [[], ['rea_ly', '0334', "'; drop table tickets; --", "' or 1=1 --", 'smith) OR (this']],
  // Operators are words like others.
  [
    ['words'],
    ['and', 'not', 'near', 'this that', 'this AND that', 'NOT that', 'near(this that)', 'this NEAR that', 'that -this']
  ],
  [['words'], ['this | that', '(this)', 'this & that', '!this', 'this:*', 'thi*', '^this', '{this}']],
  [['words', 'johanna', 'order'], ['or']],
  [[], ['this OR nothing', 'a|b', 'terms:this']],
  // What marks organizations, phones and addresses in the index cannot be asked for.
  [[], ['æ1', '"æ1" OR "this"', 'ø0100', 'łjohnsmithexamplecom', 'ł john']],
  // Words are cut where the index cuts them.
  [['long'], ['xxx', 'x'.repeat(64), 'x'.repeat(200)]],
  [[], ['XY']]
]

const refused = ['x'.repeat(201), 'NUL\0within']

const phones: Partial<Record<Label, string>> = { john: '+49 (0)30 555-0100', order: '0044 20 7946 0123' }
const phoneAnswers: typeof answers = [
  [['john'], ['5550100', '555-0100', '(030) 5550100', '+49 30 5550100', '0049 30 5550100', '030 555', '0100', '٥٥٥٠١٠٠']],
  [['john'], ['555 0100 john']],
  [['order'], ['7946', '20 7946', '02079460123', '7946-0123 late', '+44 (0)20 7946 0123']],
  [[], ['0101', 'john 030']]
]

test.each(Object.entries(kinds))('the search of %s answers as written here', async (name, kind) => {
  const org = await app.organization()
  const labels = new Map<string | undefined, Label>()
  for (const label of all) labels.set((await kind.make(org, texts[label], phones[label] ?? '')).id, label)
  const asked = ['leads', 'calls'].includes(name) ? [...answers, ...phoneAnswers] : answers
  for (const [expected, questions] of asked) {
    for (const question of questions) {
      const ids = await found(org, kind, question)
      const told = typeof ids === 'number' ? ids : ids.map(id => labels.get(id)).sort()
      expect([question, told]).toEqual([question, expected.toSorted()])
    }
  }
  for (const question of refused) expect([question, await found(org, kind, question)]).toEqual([question, 400])
})

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)

const letters = 'aAbBäÄßéøłİıσΣжё'.split('')
const word = fc.oneof(
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 5 }).map(signs => signs.join('')),
  fc.array(fc.constantFrom(...'手机仓库系ガカー゙กิข'), { minLength: 1, maxLength: 5 }).map(signs => signs.join('')),
  fc.constantFrom(
    'or',
    'AND',
    'not',
    'near',
    '%',
    '_',
    '"',
    "'",
    '\\',
    '*',
    'ab_a',
    'a%b',
    'a"b',
    '(a',
    'b)',
    ':',
    '|',
    '&',
    '!',
    '\u200b',
    '😀'
  ),
  fc.constantFrom('a.b@example.com', 'A.B@EXAMPLE.com', 'b@example.org', '@example', 'ab@a', 'AB-12', '0012', '1203'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(text => text.isWellFormed() && !text.includes('\0'))
)
const someText = fc.array(word, { minLength: 1, maxLength: 6 }).map(words => words.join(' ').slice(0, 150).toWellFormed().trim())
const somePhone = fc.stringMatching(/^(\+49|0049|0)? ?\(?[1-9][0-9]{2,5}\)?[ /-]?[0-9]{3,6}$/)

/** What a search finds: the demands of `queryTerms` held against each record's terms, without any index. */
function matches({ texts, phones }: Made, question: string): boolean {
  const terms = indexTerms(texts, phones).split(' ')
  return queryTerms(question).every(({ any }) =>
    any.some(({ term, prefix }) => terms.some(own => (prefix ? own.startsWith(term) : own === term)))
  )
}

test.each(Object.entries(kinds))(
  `the search of %s finds what its terms say, whatever the text (TEST_SEED=${seed})`,
  async (_name, kind) => {
    const org = await app.organization()
    const sampled = fc.sample(fc.tuple(someText, somePhone), { numRuns: 50, seed })
    const records = new Map(sampled.filter(([text]) => text !== '').map(pair => [caseKey(pair[0]), pair]))
    const made: Made[] = []
    for (const [text, phone] of records.values()) made.push(await kind.make(org, text, phone))
    const given = [...records.values()]
    // Parts of what is there, and anything else.
    const part = fc
      .tuple(fc.constantFrom(...given), fc.nat(20), fc.nat(20), fc.constantFrom(0, 1))
      .map(([pair, from, length, of]) => (pair[of] as string).slice(from, from + length + 1).toWellFormed())
    const question = fc.oneof(
      part,
      someText,
      fc.tuple(part, part).map(parts => parts.join(' '))
    )
    const holds = fc.asyncProperty(question, async question => {
      const expected = made.filter(record => matches(record, question)).map(({ id }) => id)
      expect(((await found(org, kind, question)) as string[]).sort()).toEqual(expected.sort())
    })
    await fc.assert(holds, { seed, numRuns: 60 })
  }
)
