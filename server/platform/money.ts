/** The greatest amount: 9,999,999,999,999.99 in minor units. */
export const MAX_MONEY = 999_999_999_999_999
const MAX_QUANTITY = 999_999_999

const DECIMAL = /^(\d{1,16})(?:\.(\d{1,2}))?$/

/**
 * The minor units of an amount such as `10`, `10.5` or `10.00`, from 0 to 9,999,999,999,999.99. Undefined for anything else: signs,
 * exponents, separators, blanks, `.5`, `5.` and a third decimal. Leading zeros are taken (`007` is 7.00), up to 16 digits.
 */
export const parseMoney = (text: string): number | undefined => parseHundredths(text, MAX_MONEY)

/** Minor units as `10.00`. Throws RangeError unless given a safe integer from 0. */
export const formatMoney = (minor: number): string => formatHundredths(minor)

/** The hundredths of a quantity such as `1`, `2.5` or `0.01`, from 0.01 to 9,999,999.99. Undefined for anything else. */
export const parseQuantity = (text: string): number | undefined => parseHundredths(text, MAX_QUANTITY) || undefined

/** Hundredths of a quantity as `2.50`. Throws RangeError unless given a safe integer from 0. */
export const formatQuantity = (hundredths: number): string => formatHundredths(hundredths)

/** Unit cost in minor units × quantity in hundredths, in minor units rounded half up. Undefined when it exceeds the greatest amount. */
export function lineTotal(unitCostMinor: number, quantityHundredths: number): number | undefined {
  const total = multiplyAndDivide(unitCostMinor, quantityHundredths, 100n)
  return total > MAX_MONEY ? undefined : total
}

function parseHundredths(text: string, max: number): number | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, whole, fraction = ''] = match
  const hundredths = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  return hundredths > max ? undefined : hundredths
}

function formatHundredths(hundredths: number): string {
  if (!Number.isSafeInteger(hundredths) || hundredths < 0) throw new RangeError(`${hundredths} is not a number of hundredths`)
  const rest = hundredths % 100
  // dividing only the difference is exact; dividing the whole is not
  return `${(hundredths - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`
}

/** a × b ÷ divisor, rounded half up, exact as far as the result is a safe integer. */
export function multiplyAndDivide(a: number, b: number, divisor: bigint): number {
  return Number((BigInt(a) * BigInt(b) * 2n + divisor) / (divisor * 2n))
}
