import type { ZoneClock } from '../platform/clock.ts'
import { invalidParameters } from '../platform/errors.ts'

/** First and last day, both included, as YYYY-MM-DD. */
export interface Period {
  start_date: string
  end_date: string
}

interface Asked {
  start_date?: string | null | undefined
  end_date?: string | null | undefined
}

const usualDays = 30
const firstDate = '1900-01-01'
const mostDays = 3660
const dayMs = 86_400_000

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMs
const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)

/**
 * The days of a report: 30 up to the last one, which is today unless asked otherwise. Refuses (400, naming `end_date`) an end before
 * the start and more than ten years.
 */
export function periodOf({ start_date, end_date }: Asked, clock: ZoneClock): Period {
  const today = clock.formatDate(Date.now())
  const end = end_date ?? (start_date && start_date > today ? start_date : today)
  const usual = dateOf(dayOf(end) - usualDays + 1)
  const start = start_date ?? (usual < firstDate ? firstDate : usual)
  if (end < start) throw invalidParameters({ end_date: 'lies before start_date' })
  if (dayOf(end) - dayOf(start) >= mostDays)
    throw invalidParameters({ end_date: `makes the period longer than ${mostDays} days` })
  return { start_date: start, end_date: end }
}

/** Every day of a period, in order. */
export function daysOf({ start_date, end_date }: Period): string[] {
  const first = dayOf(start_date)
  return Array.from({ length: dayOf(end_date) - first + 1 }, (_, index) => dateOf(first + index))
}
