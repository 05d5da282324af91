import { setTimeout as wait } from 'node:timers/promises'
import type { WriteHandle } from '../db/handle.ts'
import { rows } from '../db/rows.ts'
import type { Context } from '../platform/context.ts'
import { Bulk } from './bulk.ts'
import { addCall } from './calls.ts'
import { day, hour, type KnownCustomer, type KnownLead, Recent, type Stage } from './cast.ts'
import { addDeal } from './deals.ts'
import { type Firm, prepareFirm } from './firm.ts'
import { addLead } from './leads.ts'
import { type Papers, storePapers } from './papers.ts'
import { Random } from './random.ts'
import { addTicket } from './tickets.ts'

const kinds = ['leads', 'tickets', 'deals', 'calls'] as const
export type Kind = (typeof kinds)[number]
export type Counts = Record<Kind, number>

export const usualCounts: Counts = { leads: 2000, tickets: 300, deals: 150, calls: 1000 }

/** How far back the demo goes. */
const span = 365 * day
/** So many of each kind, the newest, have all that belongs to a record; the others make up the numbers. */
const wholeOnes = 5000
/** Records of one transaction: it should not keep others from writing for long. */
const portion = 8000
/** Longer than a waiting process pauses between two tries, so that it gets its turn. */
const pauseMs = 55

/**
 * Fills an organization with a year of believable work: the staff, then leads, tickets, deals and calls in the order of time, each
 * of the newest 5,000 with all that belongs to it. The same on the same day; what is added later goes on where it ended. Memory
 * grows by the titles of deals only, and others may work on the database meanwhile. `report` is told after each portion how many are written.
 */
export async function seedDemo(ctx: Context, counts: Counts, report: (done: number) => void = () => {}): Promise<void> {
  const papers = await storePapers(ctx)
  try {
    await ctx.store.filling(() => fillAll(ctx, counts, papers, report))
  } finally {
    await papers.discardRest()
  }
}

async function fillAll(ctx: Context, counts: Counts, papers: Papers, report: (done: number) => void): Promise<void> {
  const bulk = new Bulk(ctx.organization.id)
  const firm = await prepareFirm(ctx, bulk)
  const known = await rows(ctx, 'deals').select('title_key').execute()
  const titles = new Set(known.map(({ title_key }) => title_key))
  const stage = { bulk, firm, papers, titles, leads: new Recent<KnownLead>(4000), customers: new Recent<KnownCustomer>(1000) }
  const firsts = await countAll(ctx)
  const total = kinds.reduce((sum, kind) => sum + counts[kind], 0)
  const portions = Math.ceil(total / portion)
  for (let nth = 0; nth < portions; nth++) {
    if (nth > 0) await wait(pauseMs)
    await ctx.store.exclusively(db => addPortion(db, stage, firsts, counts, nth / portions, (nth + 1) / portions))
    report(Math.floor((total * (nth + 1)) / portions))
  }
}

const adders = { leads: addLead, tickets: addTicket, deals: addDeal, calls: addCall }

/** Writes the records of a piece of the time; its limits are shares of the whole. */
async function addPortion(
  db: WriteHandle,
  stage: Stage,
  firsts: Counts,
  counts: Counts,
  from: number,
  to: number
): Promise<void> {
  const { bulk, firm } = stage
  await bulk.begin(db, Math.floor(counts.tickets * to) - Math.floor(counts.tickets * from))
  for (const kind of kinds) {
    const count = counts[kind]
    for (let nth = Math.floor(count * from); nth < Math.floor(count * to); nth++) {
      adders[kind](stage, firsts[kind] + nth, timeOf(kind, nth, count, firm), nth >= count - wholeOnes)
    }
  }
  await bulk.finish(db)
}

/** How many of each the organization has: there the demo goes on. */
async function countAll(ctx: Context): Promise<Counts> {
  const count = async (table: Kind): Promise<number> => {
    const counted = await rows(ctx, table)
      .select(eb => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    return Number(counted.total)
  }
  return {
    leads: await count('leads'),
    tickets: await count('tickets'),
    deals: await count('deals'),
    calls: await count('calls')
  }
}

const [opening, closing] = [7 * hour, 20 * hour]

/** When the `nth` of `count` was made: within working hours, ever more often towards today, deals and calls on no weekend. */
function timeOf(kind: Kind, nth: number, count: number, { today, clock }: Firm): number {
  const share = (nth + new Random(kind, nth).next()) / count
  const ago = (span / day) * (1 - share) ** 1.5
  const days = Math.floor(ago) + 1
  const time = Math.floor(today - days * day + opening + (closing - opening) * (days - ago))
  if (kind === 'leads' || kind === 'tickets') return time
  const weekday = new Date(clock.formatDate(time)).getUTCDay()
  return weekday === 6 ? time - day : weekday === 0 ? time - 2 * day : time
}
