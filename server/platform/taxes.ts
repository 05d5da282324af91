import { multiplyAndDivide } from './money.ts'

const MAX_TAX_NAME = 100
const FULL_RATE = 1_000_000n
const RATE = /^(\d{1,3})(?:\.(\d{1,4}))?$/

/** A tax on a line: its name and its percentage, with two to four decimals (`19.00`, `7.125`). */
export type Tax = { name: string; rate: string }

/** The tax on a line in minor units, rounded half up; `rate` is a percentage such as `18.00` or `7.5`. Throws RangeError on another rate. */
export function lineTax(totalMinor: number, rate: string): number {
  const units = parseRate(rate)
  if (units === undefined) throw new RangeError('A tax rate is a percentage from 0 to 100 with at most four decimals')
  return multiplyAndDivide(totalMinor, units, FULL_RATE)
}

/** `VAT|19` as its name and its rate `19.00`. Undefined without a name of 1 to 100 characters or a rate from 0 to 100 with up to 4 decimals. */
export function parseTax(text: string): Tax | undefined {
  const at = text.indexOf('|')
  const name = text.slice(0, Math.max(at, 0)).trim()
  const units = parseRate(text.slice(at + 1))
  if (units === undefined || !name || [...name].length > MAX_TAX_NAME || !name.isWellFormed() || name.includes('\0'))
    return undefined
  return { name, rate: formatRate(units) }
}

/** Ten-thousandths of a percent, so that 100 % is a million. */
function parseRate(text: string): number | undefined {
  const match = RATE.exec(text)
  if (!match) return undefined
  const [, whole, fraction = ''] = match
  const units = Number(whole) * 10_000 + Number(fraction.padEnd(4, '0'))
  return units > FULL_RATE ? undefined : units
}

function formatRate(units: number): string {
  const digits = String(units).padStart(5, '0')
  return `${digits.slice(0, -4)}.${digits.slice(-4, -2)}${digits.slice(-2).replace(/0+$/, '')}`
}
