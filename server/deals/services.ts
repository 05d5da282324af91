import { preparedList } from '../db/prepared.ts'
import { insert, rows, type Scope, update } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { notFound, unprocessable } from '../platform/errors.ts'
import { recordEvent } from '../platform/events.ts'
import { lineTotal, MAX_MONEY } from '../platform/money.ts'
import { checkReferences } from '../platform/references.ts'
import { lineTax, parseTax } from '../platform/taxes.ts'
import { transact } from '../platform/transact.ts'
import { changesBetween } from './differences.ts'
import { refuseEmptied } from './rules.ts'
import type { NewService, ServiceChange } from './schema.ts'

// The line items of a deal. Money is minor units, quantities are hundredths, and every product is rounded half up once.

export const serviceColumns = [
  'id',
  'deal_id',
  'name',
  'description',
  'quantity',
  'unit',
  'unit_cost',
  'taxes',
  'tax_total',
  'total',
  'position',
  'created_at'
] as const

/** The service of this id; 404 when there is none. */
export async function getService(ctx: Context, id: number) {
  const service = await rows(ctx, 'services').select(serviceColumns).where('id', '=', id).executeTakeFirst()
  if (!service) throw notFound('service')
  return service
}

export type ServiceRow = Awaited<ReturnType<typeof getService>>

interface OfDeal {
  deal_id: number
}

const ofDeal = (scope: Scope, given: OfDeal) => rows(scope, 'services').where('deal_id', '=', given.deal_id)

/** A page of a deal's services as arrays of `serviceColumns`, in their order. */
export const servicePage = preparedList<OfDeal & { take: number; offset: number }>()((scope, given) =>
  ofDeal(scope, given).select(serviceColumns).orderBy('position').orderBy('id').limit(given.take).offset(given.offset)
)

/** How many services a deal has. */
export const serviceCount = preparedList<OfDeal>()((scope, given) =>
  ofDeal(scope, given).select(eb => eb.fn.countAll<number>().as('total'))
)

/** Adds a line behind the deal's others and resolves with it. Refuses (422) no such deal, what is no tax, and too great amounts. */
export function addService(ctx: Context, dealId: number, input: NewService): Promise<ServiceRow> {
  return transact(ctx, async ctx => {
    await checkReferences(ctx, { deal_id: ['deals', dealId] })
    const priced = price(input.unit_cost, input.quantity, input.taxes ?? [])
    const others = await sumOf(ctx, dealId)
    refuseTooMuch(others, priced)
    const { name, unit_cost, quantity, description = null, unit = null } = input
    const line = { name, unit_cost, quantity, description, unit, ...priced }
    const placed = { ...line, deal_id: dealId, position: others.last + 1, created_at: Date.now() }
    const service = await insert(ctx, 'services', placed).returning(serviceColumns).executeTakeFirstOrThrow()
    recordEvent(ctx, 'deal.service_added', dealId, { service_id: service.id, service: name })
    return service
  })
}

/** Changes what is given of a line; the rest stays. Resolves with the line. Refuses as `addService` does. */
export function updateService(ctx: Context, id: number, change: ServiceChange): Promise<ServiceRow> {
  refuseEmptied(change, ['name', 'unit_cost', 'quantity'])
  return transact(ctx, async ctx => {
    const before = await getService(ctx, id)
    const unit_cost = change.unit_cost ?? before.unit_cost
    const quantity = change.quantity ?? before.quantity
    const taxes = change.taxes === undefined ? (JSON.parse(before.taxes) as string[]) : (change.taxes ?? [])
    const priced = price(unit_cost, quantity, taxes)
    const { deal_id } = before
    refuseTooMuch(await sumOf(ctx, deal_id, id), priced)
    const { name, description, unit } = change
    const sent = Object.entries({ name, description, unit }).filter(([, value]) => value !== undefined)
    const columns = { unit_cost, quantity, ...priced, ...Object.fromEntries(sent) }
    const changes = changesBetween(before, { ...before, ...columns })
    if (!changes) return before
    await update(ctx, 'services').set(columns).where('id', '=', id).execute()
    recordEvent(ctx, 'deal.service_updated', deal_id, { service_id: id, service: before.name, ...changes })
    return getService(ctx, id)
  })
}

/** A line's total, and its taxes with their sum. Refuses (422) what is no tax, and amounts beyond the greatest. */
function price(unitCost: number, quantity: number, taxes: string[]) {
  const total = lineTotal(unitCost, quantity)
  if (total === undefined) throw tooMuch('unit_cost', 'times the quantity is')
  const known = taxes.map(text => {
    const tax = parseTax(text)
    if (!tax) throw unprocessable({ taxes: 'must each be a name and a rate such as VAT|19.00' })
    return tax
  })
  const tax_total = known.reduce((sum, { rate }) => sum + lineTax(total, rate), 0)
  return { total, tax_total, taxes: JSON.stringify(known.map(({ name, rate }) => `${name}|${rate}`)) }
}

/** What the deal's services come to, but for one of them, and the last place among them. */
async function sumOf(ctx: Context, dealId: number, except = 0) {
  const lines = rows(ctx, 'services').where('deal_id', '=', dealId).where('id', '!=', except)
  const sums = await lines
    .select(eb => [eb.fn.sum<number | null>('total').as('total'), eb.fn.sum<number | null>('tax_total').as('tax_total')])
    .select(eb => eb.fn.max<number | null>('position').as('last'))
    .executeTakeFirstOrThrow()
  return { total: Number(sums.total), tax_total: Number(sums.tax_total), last: sums.last ?? 0 }
}

/** Keeps every sum over a deal's services within the greatest amount. */
function refuseTooMuch(others: { total: number; tax_total: number }, line: { total: number; tax_total: number }): void {
  if (others.total + line.total > MAX_MONEY) throw tooMuch('unit_cost', 'would make the services of the deal')
  if (others.tax_total + line.tax_total > MAX_MONEY) throw tooMuch('taxes', 'would make the taxes of the deal')
}

const tooMuch = (field: string, what: string) => unprocessable({ [field]: `${what} more than 9999999999999.99` })
