import type { Folding } from '../db/apart.ts'
import { zoneClock } from '../platform/clock.ts'
import { daysOf, type Period } from './period.ts'

// Runs in a reader worker: one pass over the leads of a report.

/** How many leads, and the sum of their values in two parts, so that it is exact beyond what a number holds. */
export interface Tally {
  total: number
  millions: number
  units: number
}

/** Tallies by id, null for the leads that have none. */
export type Tallies = Map<number | null, Tally>

export interface LeadTally extends Tally {
  converted: number
  lost: number
  junk: number
  statuses: Tallies
  types: Tallies
  sources: Tallies
  staff: Tallies
  /** One for each day of the period, in order. */
  days: (Tally & { date: string })[]
}

/** A lead in the order that `tallyLeads` reads. */
export type TalliedLead = [
  created_at: number,
  status_id: number | null,
  type_id: number | null,
  source_id: number | null,
  assigned_id: number | null,
  is_lost: number,
  is_junk: number,
  converted_at: number | null,
  value: number | null
]

interface Days extends Period {
  timeZone: string
}

const million = 1_000_000
const dayMs = 86_400_000

/** Counts leads that were created in the period and sums their values, in minor units; every day of the period has its tally. */
export function tallyLeads({ timeZone, start_date, end_date }: Days): Folding<TalliedLead, LeadTally> {
  const clock = zoneClock(timeZone)
  const days = daysOf({ start_date, end_date }).map(date => ({ date, ...nothing() }))
  const starts = days.map(({ date }) => clock.dayStart(date))
  const all = { ...nothing(), converted: 0, lost: 0, junk: 0 }
  const groups = { statuses: new Map(), types: new Map(), sources: new Map(), staff: new Map() } satisfies Record<string, Tallies>
  return {
    add: ([created_at, status_id, type_id, source_id, assigned_id, is_lost, is_junk, converted_at, value]) => {
      const units = (value ?? 0) % million
      const millions = ((value ?? 0) - units) / million
      add(all, millions, units)
      all.lost += is_lost
      all.junk += is_junk
      if (converted_at !== null) all.converted += 1
      add(tallyOf(groups.statuses, status_id), millions, units)
      add(tallyOf(groups.types, type_id), millions, units)
      add(tallyOf(groups.sources, source_id), millions, units)
      add(tallyOf(groups.staff, assigned_id), millions, units)
      add(days[placeOf(starts, created_at)]!, millions, units)
    },
    result: () => ({ ...all, ...groups, days })
  }
}

const nothing = (): Tally => ({ total: 0, millions: 0, units: 0 })

function add(tally: Tally, millions: number, units: number): void {
  tally.total += 1
  tally.millions += millions
  tally.units += units
}

function tallyOf(tallies: Tallies, id: number | null): Tally {
  let tally = tallies.get(id)
  if (!tally) {
    tally = nothing()
    tallies.set(id, tally)
  }
  return tally
}

/** The day in which an instant lies: guessed from days of 24 hours, then put right for those that are not. */
function placeOf(starts: number[], at: number): number {
  let place = Math.min(Math.floor((at - starts[0]!) / dayMs), starts.length - 1)
  while (starts[place]! > at) place -= 1
  while (place + 1 < starts.length && starts[place + 1]! <= at) place += 1
  return place
}
