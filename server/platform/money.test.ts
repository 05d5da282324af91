import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMoney, formatQuantity, lineTotal, MAX_MONEY, parseMoney, parseQuantity } from './money.ts'
import { lineTax, parseTax } from './taxes.ts'

const money = fc.integer({ min: 0, max: MAX_MONEY })
const quantity = fc.integer({ min: 1, max: 999_999_999 })
const rateUnits = fc.integer({ min: 0, max: 1_000_000 })
const rateText = (units: number) => `${Math.floor(units / 10_000)}.${String(units % 10_000).padStart(4, '0')}`

/** a ÷ b rounded half up, in the long way: the quotient, and one more when twice the rest reaches b. */
const halfUp = (a: bigint, b: bigint): bigint => a / b + ((a % b) * 2n >= b ? 1n : 0n)

/** The promise holds for any of the values; a matcher's own answer is no verdict. */
function always<T>(values: fc.Arbitrary<T>, promise: (value: T) => void, numRuns = 300): void {
  const property = fc.property(values, value => {
    promise(value)
  })
  fc.assert(property, { numRuns })
}

describe('amounts', () => {
  test('are read in minor units', () => {
    const accepted = { 10: 1000, '10.5': 1050, '10.00': 1000, '0': 0, '0.01': 1, '007': 700, '9999999999999.99': MAX_MONEY }
    for (const [text, minor] of Object.entries(accepted)) expect(parseMoney(text), text).toBe(minor)
  })

  test('come back from their own text, all of them', () => {
    always(money, minor => expect(parseMoney(formatMoney(minor))).toBe(minor), 2000)
  })

  test('are written with two decimals, whole numbers exact', () => {
    expect([0, 1, 10, 99, 100, 1050, MAX_MONEY].map(formatMoney)).toEqual([
      '0.00',
      '0.01',
      '0.10',
      '0.99',
      '1.00',
      '10.50',
      '9999999999999.99'
    ])
    const digits = (minor: number) => String(minor).padStart(3, '0').replace(/(..)$/, '.$1')
    always(fc.maxSafeNat(), minor => expect(formatMoney(minor)).toBe(digits(minor)), 2000)
  })

  test('with a sign, an exponent, a separator, a blank or a third decimal are refused', () => {
    const refused = [
      '',
      ' ',
      '-1',
      '+1',
      '1e9',
      'NaN',
      'Infinity',
      '10.005',
      '1 000',
      '1,000',
      '10,5',
      '.5',
      '5.',
      '1.2.3',
      '0x10',
      ' 1',
      '1\n'
    ].concat(['10000000000000', '9999999999999.999', '99999999999999999999', '١٢', '１０', '10.0.0', '00000000000000001'])
    for (const text of refused) expect(parseMoney(text), text).toBeUndefined()
  })

  test('nothing but digits and one point is ever taken', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.eE+-]{1,18}$/)), text => {
        const minor = parseMoney(text)
        if (minor !== undefined) expect(text).toMatch(/^\d+(\.\d\d?)?$/)
      })
    )
  })

  test('that are no amounts cannot be written', () => {
    for (const minor of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) expect(() => formatMoney(minor), `${minor}`).toThrow(RangeError)
  })
})

describe('quantities', () => {
  test('go from 0.01 to 9,999,999.99 and come back from their own text', () => {
    always(quantity, hundredths => expect(parseQuantity(formatQuantity(hundredths))).toBe(hundredths))
    expect(parseQuantity('1')).toBe(100)
    expect(parseQuantity('9999999.99')).toBe(999_999_999)
    for (const text of ['0', '0.00', '10000000', '1.001', '-1', '', 'one']) expect(parseQuantity(text), text).toBeUndefined()
  })
})

describe('a line', () => {
  test('costs exactly unit cost times quantity, rounded half up', () => {
    fc.assert(
      fc.property(money, quantity, (cost, count) => {
        const exact = halfUp(BigInt(cost) * BigInt(count), 100n)
        expect(lineTotal(cost, count)).toBe(exact > BigInt(MAX_MONEY) ? undefined : Number(exact))
      }),
      { numRuns: 2000 }
    )
    expect(lineTotal(1, 50)).toBe(1)
    expect(lineTotal(1, 49)).toBe(0)
    expect(lineTotal(333, 150)).toBe(500)
    expect(lineTotal(1000, 100)).toBe(1000)
  })

  test('may reach the greatest amount and not one unit more', () => {
    expect(lineTotal(MAX_MONEY, 100)).toBe(MAX_MONEY)
    expect(lineTotal(MAX_MONEY, 101)).toBeUndefined()
    expect(lineTotal(MAX_MONEY, 999_999_999)).toBeUndefined()
  })

  test('is taxed exactly, rounded half up', () => {
    fc.assert(
      fc.property(money, rateUnits, (total, units) => {
        expect(lineTax(total, rateText(units))).toBe(Number(halfUp(BigInt(total) * BigInt(units), 1_000_000n)))
      }),
      { numRuns: 2000 }
    )
    expect(lineTax(1000, '18.00')).toBe(180)
    expect(lineTax(1000, '7.5')).toBe(75)
    expect(lineTax(50, '7')).toBe(4)
    expect(lineTax(115, '10')).toBe(12)
    expect(lineTax(MAX_MONEY, '100')).toBe(MAX_MONEY)
  })

  test('cannot be taxed at a rate that is none', () => {
    for (const rate of ['', '-1', '100.01', '1e1', '5%', '7.12345', '.5'])
      expect(() => lineTax(100, rate), rate).toThrow(RangeError)
  })
})

describe('a tax', () => {
  test('is a name and a rate of two to four decimals', () => {
    expect(parseTax('VAT|19.00')).toEqual({ name: 'VAT', rate: '19.00' })
    expect(parseTax(' Sales tax |7.5')).toEqual({ name: 'Sales tax', rate: '7.50' })
    expect(parseTax('T|0')).toEqual({ name: 'T', rate: '0.00' })
    expect(parseTax('T|100')).toEqual({ name: 'T', rate: '100.00' })
    expect(parseTax('T|8.8750')).toEqual({ name: 'T', rate: '8.875' })
    expect(parseTax('T|0.0001')).toEqual({ name: 'T', rate: '0.0001' })
    expect(parseTax(`${'😀'.repeat(100)}|1`)?.name).toBe('😀'.repeat(100))
  })

  test('keeps its rate through its own text', () => {
    fc.assert(
      fc.property(rateUnits, units => {
        const tax = parseTax(`VAT|${rateText(units)}`)
        expect(Number(tax?.rate)).toBe(units / 10_000)
        expect(parseTax(`VAT|${tax?.rate}`)).toEqual(tax)
      })
    )
  })

  test('without a name or a possible rate is refused', () => {
    const refused = [
      '',
      'VAT',
      '19.00',
      '|19',
      ' |19',
      'VAT|',
      'VAT|-1',
      'VAT|100.0001',
      'VAT|101',
      'VAT|1e1',
      'VAT|19%',
      'A|B|19'
    ].concat(['VAT| 19', 'VAT|1.00001', `${'x'.repeat(101)}|1`, 'a\0b|1', '\ud800|1'])
    for (const text of refused) expect(parseTax(text), text).toBeUndefined()
    always(fc.string(), text => expect(() => parseTax(text)).not.toThrow())
  })
})
