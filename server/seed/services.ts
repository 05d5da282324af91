import { lineTotal } from '../platform/money.ts'
import { lineTax } from '../platform/taxes.ts'
import type { Firm } from './firm.ts'
import type { offers } from './offers.ts'
import type { Random } from './random.ts'

const taxes: Record<string, [name: string, rate: string]> = {
  EUR: ['VAT', '19.00'],
  GBP: ['VAT', '20.00'],
  AUD: ['GST', '10.00']
}

/** The line items of an offer to a firm of so many people. */
export function linesOf({ currency }: Firm, random: Random, offer: (typeof offers)[number], seats: number) {
  const [name, rate] = taxes[currency] ?? ['Sales tax', '8.25']
  return offer.lines.map(line => {
    const pieces = line.count === 'seats' ? seats : random.between(...line.count)
    const quantity = pieces * 100
    const total = lineTotal(line.cost, quantity) ?? 0
    return {
      ...{ name: line.name, description: line.description, unit: line.unit, unit_cost: line.cost, quantity, total },
      ...{ taxes: JSON.stringify([`${name}|${rate}`]), tax_total: lineTax(total, rate) }
    }
  })
}
