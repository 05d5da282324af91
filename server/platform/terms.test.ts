import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, ftsMatch, indexTerms, organizationTerm, phoneDigits, queryTerms } from './terms.ts'

const OURS = organizationTerm(1)

/** An index with the options of ours; answers whether a text (or a phone) is found by a search. */
function makeIndex() {
  const db = new Database(':memory:')
  db.exec(
    `create virtual table t using fts5(terms, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0")`
  )
  const insert = db.prepare('insert or replace into t (rowid, terms) values (1, ?)')
  const select = db.prepare('select rowid from t where t match ?')
  const search = (query: string) => select.all(ftsMatch(queryTerms(query), OURS)).length === 1
  const write = (texts: string[], phones: string[] = [], organization = OURS) => {
    insert.run(`${organization} ${indexTerms(texts, phones)}`)
  }
  return { search, write }
}

const index = makeIndex()

function finds(text: string, query: string): boolean {
  index.write([text])
  return index.search(query)
}

function findsPhone(phone: string, query: string): boolean {
  index.write(['a text about nothing'], [phone])
  return index.search(query)
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.stringMatching(/^[a-zA-Z0-9 .@_%"*äßøİı’手机仓库ガ゙กิ한é-]{0,60}$/u)
)
const everyCharacter: string[] = []
for (let code = 0; code < 0x110000; code++) {
  const character = String.fromCodePoint(code)
  if (/[^\p{Cn}\p{Co}\p{Cs}]/u.test(character)) everyCharacter.push(character)
}

/** The promise holds for any of the values; a matcher's own answer is no verdict. */
function always<T>(values: fc.Arbitrary<T>, promise: (value: T) => void, numRuns = 300): void {
  const property = fc.property(values, value => {
    promise(value)
  })
  fc.assert(property, { numRuns })
}

describe('folding', () => {
  test('makes one form of what people take for the same', () => {
    const same =
      'Straße STRASSE|Müller MU\u0308LLER muller|İstanbul ISTANBUL ıstanbul|Łódź lodz|Ærø aero|ﬁn FIN|ＡＢＣ１ abc1|Þór thor'
    const more =
      "Σίσυφος ΣΙΣΥΦΟΣ|١٢٣ 123 १२३|ｶﾞ ガ カ\u3099|co\u00adop coop|שָׁלוֹם שלום|Ёлка елка|\u{116da} 0|комп\u02bcютер комп'ютер|한글 \u1112\u1161\u11ab\u1100\u1173\u11af"
    for (const forms of `${same}|${more}`.split('|')) expect(new Set(forms.split(' ').map(fold)).size, forms).toBe(1)
  })

  test('keeps apart what only looks like an accent', () => {
    for (const forms of 'か が|ハハ パパ|กิน กัน|कि की'.split('|')) expect(new Set(forms.split(' ').map(fold)).size, forms).toBe(2)
  })

  test('is done once and for all, for every character and any text', () => {
    for (const character of everyCharacter) if (fold(fold(character)) !== fold(character)) expect.fail(`${character} folds on`)
    always(anyText, text => expect(fold(fold(text))).toBe(fold(text)), 1000)
  })
})

describe('indexed terms', () => {
  test('are words, each once', () => {
    expect(indexTerms(['Printer: the printer!', null, undefined, ''])).toBe('printer the')
    expect(indexTerms(['john.smith+x@example.co.uk'])).toBe('łjohnsmithxexamplecouk john smith x example co uk')
    expect(indexTerms(['Ça va? Ça VA'], [null, undefined, ''])).toBe('ca va')
  })

  test('are pairs in scripts without blanks, and words in Hangul', () => {
    expect(indexTerms(['手机好 iPhone手机'])).toBe('手机 机好 好 iphone 机')
    expect(indexTerms(['手'])).toBe('手')
    expect(indexTerms(['データ'])).toBe('デー ータ タ')
    expect(indexTerms(['한국어 문서'])).toBe('한국어 문서')
    expect(indexTerms(['กิน'])).toBe('กน น')
  })

  test('of a phone are its endings of four digits and more, apart from words', () => {
    expect(indexTerms([], ['+1 (555) 0100'])).toBe('ø15550100 ø5550100 ø550100 ø50100 ø0100')
    expect(indexTerms([], ['123', 'none'])).toBe('')
    expect(indexTerms(['ø5550100 Ø5550100'])).toBe('o5550100')
  })

  test('end at 64 characters a word, 20,000 a text and 24 digits a phone', () => {
    expect(indexTerms(['x'.repeat(100)])).toBe('x'.repeat(64))
    expect(indexTerms(['𝒳é'.repeat(80)])).toBe('xe'.repeat(32))
    expect([...indexTerms(['𐐨'.repeat(80)])].length).toBe(64)
    expect(indexTerms([`${'a '.repeat(10_000)}b`])).toBe('a')
    expect(indexTerms([`${'a '.repeat(9_999)}b`])).toBe('a b')
    expect(indexTerms([], ['1234567890'.repeat(5)]).split(' ')[0]).toBe('ø123456789012345678901234')
  })

  test('hold nothing but letters and digits that the tokenizer keeps as one token, whatever the character', () => {
    const db = new Database(':memory:')
    db.exec(`create virtual table t using fts5(terms, tokenize="unicode61 remove_diacritics 0")`)
    db.exec('create virtual table v using fts5vocab(t, instance)')
    const insert = db.prepare('insert into t (rowid, terms) values (?, ?)')
    let row = 0
    db.transaction(() => {
      for (const character of everyCharacter) {
        const terms = indexTerms([`q${character}q`])
        if (!/^[\p{L}\p{N} ]+$/u.test(terms)) expect.fail(`${character} gives ${terms}`)
        if (/[^\p{ASCII}]/u.test(terms)) for (const term of terms.split(' ')) insert.run(++row, term)
      }
    })()
    expect(row).toBeGreaterThan(100_000)
    expect(db.prepare('select count(*) as n from v').get()).toEqual({ n: row })
  })

  test('never look like a phone or an organization', () => {
    const reserved = new RegExp(`[${organizationTerm(1)[0]}ø]`)
    for (const character of everyCharacter)
      if (reserved.test(fold(character))) expect.fail(`${character} folds to a reserved letter`)
    expect(organizationTerm(12)).not.toBe(organizationTerm(1))
  })
})

describe('a search', () => {
  test('finds any word of any text', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        const text = `${before} ${after}`
        for (const word of text.split(/\s+/)) expect(finds(text, word), `${word} in ${text}`).toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  test('finds the beginning of any word of two letters and more', () => {
    const word = fc.stringMatching(/^[a-zà-öù-ľłŋ-ž0-9]{2,80}$/u)
    fc.assert(
      fc.property(word, fc.nat(), (text, cut) => {
        const beginning = text.slice(0, 2 + (cut % (text.length - 1)))
        expect(finds(`The ${text}, please`, beginning), beginning).toBe(true)
      }),
      { numRuns: 500 }
    )
    expect(finds('John Smith', 'joh smi')).toBe(true)
    expect(finds('John Smith', 'smi joh')).toBe(true)
  })

  test('finds any part of a text without blanks, one character included', () => {
    const text = '仓库系统显示的数量不对ガス検査กินข้าว'
    const characters = [...text]
    for (let from = 0; from < characters.length; from++) {
      for (let to = from + 1; to <= Math.min(characters.length, from + 12); to++) {
        const part = characters.slice(from, to).join('')
        expect(finds(text, part), part).toBe(true)
      }
    }
    expect(finds(text, '系库')).toBe(false)
  })

  test('demands every word, and takes a single letter only for itself', () => {
    expect(finds('John Smith', 'john miller')).toBe(false)
    expect(finds('John Smith', 'ohn')).toBe(false)
    expect(finds('John Smith', 'j')).toBe(false)
    expect(finds('John J Smith', 'j')).toBe(true)
  })

  test('finds what mail addresses and numbers are made of', () => {
    for (const query of 'john@example.com|example|JOHN@|@example.com'.split('|'))
      expect(finds('<john@example.com>', query), query).toBe(true)
    for (const query of '120334|1203|#120334'.split('|')) expect(finds('Order 120334 is late', query), query).toBe(true)
    expect(finds('Order 120334 is late', '0334')).toBe(false)
  })

  test('finds a phone by any fragment of four digits and more, however it is written', () => {
    for (const query of '555-0100|(555) 0100|5550100|55501|0100|555 01 00|+1 555 0100|001 555 0100|+1(555)0100'.split('|')) {
      expect(findsPhone('+1 (555) 0100', query), query).toBe(true)
    }
    for (const query of '555-0101|0101|010|x0100'.split('|')) expect(findsPhone('+1 (555) 0100', query), query).toBe(false)
    for (const query of '030 12345|+49 (0)30 12345|+49 30 12345|004930 12345|(030) 12345|030–12345|٠٣٠١٢٣٤٥'.split('|')) {
      expect(findsPhone('0049 30 12345', query), query).toBe(true)
    }
    expect(findsPhone('1234567890'.repeat(3), '1234567890'.repeat(3))).toBe(true)
    const phone = fc.stringMatching(/^[1-9][0-9]{3,20}$/)
    fc.assert(
      fc.property(phone, fc.nat(), fc.nat(), fc.constantFrom('', '-', ' ', '.', ') '), (digits, a, b, sign) => {
        const from = a % (digits.length - 3)
        const fragment = digits.slice(from, from + 4 + (b % (digits.length - from - 3)))
        expect(findsPhone(digits, `${fragment.slice(0, 2)}${sign}${fragment.slice(2)}`), fragment).toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  test('finds a phone together with a name or another number', () => {
    index.write(['John Smith', 'ordered in 2024'], ['+1 (555) 0100'])
    for (const query of 'john 555-0100|(555) 0100 smith|555-0100 2024|joh (555) 0100 smi'.split('|'))
      expect(index.search(query), query).toBe(true)
    for (const query of ['miller 555-0100', '555-0100 john 1999']) expect(index.search(query), query).toBe(false)
    index.write(['call 555 0100 today'])
    expect(index.search('555-0100')).toBe(true)
  })

  test('takes operators, quotes and wildcards for plain text, and never fails', () => {
    const operators = '" "" * a* -a NOT AND NEAR % _ terms:a {a} ^a \0 \' a"* ( ) \\ \ud800 ø1 æ1 ٣ "( )"* +'.split(' ')
    const sentences = 'a OR b|NEAR(a b)|a + b|") OR ("|;drop table t'.split('|')
    sentences.push('x'.repeat(5_000), '1 '.repeat(900), '手'.repeat(900))
    for (const query of [...operators, ...sentences]) expect(() => index.search(query), query).not.toThrow()
    always(anyText, query => expect(() => index.search(query)).not.toThrow(), 1000)
    expect(finds('this or that', 'nothing OR that')).toBe(false)
    expect(finds('that', 'NOT that')).toBe(false)
  })

  test('says when there is nothing to search for, and demands twelve things at most', () => {
    for (const query of '| |"|-- * %|\0|😀'.split('|')) expect(queryTerms(query), query).toEqual([])
    expect(queryTerms('a b c d e f g h i j k l m n o p').length).toBe(12)
    expect(queryTerms('手机仓库系统显示的数量不对系统好').length).toBe(12)
    expect(queryTerms('same same SAME').length).toBe(1)
    expect(queryTerms(`${' '.repeat(1_000)}late`)).toEqual([])
  })

  test('stays inside its organization', () => {
    index.write(['secret', OURS, 'æ1'], [], organizationTerm(2))
    for (const query of ['', 'secret', 'æ1', OURS]) expect(index.search(query), query).toBe(false)
    index.write(['secret'], [], organizationTerm(11))
    expect(index.search('secret')).toBe(false)
    expect(ftsMatch(queryTerms('joh'), OURS)).toBe('"æ1" AND ("joh"*)')
    expect(ftsMatch([{ any: [{ term: 'a"b', prefix: false }] }], OURS)).toBe('"æ1" AND ("a""b")')
  })
})

test('the digits of a phone are the same however the country is written', () => {
  for (const phone of ['+49 30 1', '0049301', '49301', '+49 (0)30 1', '0049 (0) 30-1', '٠٠٤٩٣٠١', ' +49/(0)30.1'])
    expect(phoneDigits(phone), phone).toBe('49301')
  expect(phoneDigits('030 1')).toBe('0301')
  expect(phoneDigits('none')).toBe('')
  always(anyText, text => expect(phoneDigits(text)).toMatch(/^\d*$/))
})
