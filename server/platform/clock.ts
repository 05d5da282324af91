/** Local times of one time zone. Instants are milliseconds UTC; answers are exact for the years 1 to 9999. */
export type ZoneClock = {
  /** `YYYY-MM-DD HH:MM:SS`. Throws RangeError on NaN and infinities. */
  format(ms: number): string
  /** `YYYY-MM-DD`. Throws RangeError on NaN and infinities. */
  formatDate(ms: number): string
  /** The first instant of a date `YYYY-MM-DD`, also where clocks skip midnight. Throws RangeError unless it is a real date. */
  dayStart(date: string): number
  /** The first instant after a date: a day is from `dayStart` to before `dayEnd`. Throws RangeError unless it is a real date. */
  dayEnd(date: string): number
  /**
   * The instant of `YYYY-MM-DD HH:MM:SS`, or of the start of `YYYY-MM-DD`; undefined for anything else and outside the years 1900 to
   * 9999. A time that happens twice is the first one; a time that clocks skip is moved by the gap.
   */
  parse(text: string): number | undefined
}

type OffsetDay = { until: number; before: number; after: number }

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const YEAR_1 = -62_135_596_800_000
const YEAR_1900 = -2_208_988_800_000
const YEAR_10000 = 253_402_300_800_000
const MAX_DAYS = 4_096
const MAX_CLOCKS = 1_000

const TWO = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))
const MONTHS = 'january february march april may june july august september october november december'.split(' ')
const LOCAL_TIME = /^(\d{4}-\d\d-\d\d)(?: ([01]\d|2[0-3]):([0-5]\d):([0-5]\d))?$/
const ISO_TIME = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/
const YEAR_FIRST = /^(\d{4})-(\d\d)-(\d\d)$/
const DAY_FIRST = /^(\d\d)-(\d\d)-(\d{4})$/
const MONTH_NAME = /^([a-z]{3,9}) (\d{1,2}),? (\d{4})$/i

const clocks = new Map<string, ZoneClock>()

/** The clock of an IANA time zone such as `Europe/Berlin`, made once and kept. Throws RangeError on an unknown zone. */
export function zoneClock(timeZone: string): ZoneClock {
  const known = clocks.get(timeZone)
  if (known) return known
  const clock = makeClock(zoneOffsets(timeZone))
  // zones may be spelled in any case, so names are not few by themselves
  if (clocks.size >= MAX_CLOCKS) clocks.clear()
  clocks.set(timeZone, clock)
  return clock
}

/** `2024-08-09T16:42:35.000Z`, as `Date` writes it, in a third of the time. Throws RangeError when it is no time. */
export function isoTime(ms: number): string {
  if (!(ms >= YEAR_1 && ms < YEAR_10000)) return new Date(ms).toISOString()
  const whole = Math.floor(ms)
  const day = Math.floor(whole / DAY)
  const time = whole - day * DAY
  return `${dateOf(day)}T${timeOf(Math.floor(time / SECOND))}.${String(time % SECOND).padStart(3, '0')}Z`
}

/** `2024-08-09T16:42:35.000000Z`. Throws RangeError when it is no time. */
export const microIso = (ms: number): string => `${isoTime(ms).slice(0, -1)}000Z`

/**
 * The instant of an ISO 8601 time with seconds and a zone (`2024-08-09T16:42:35Z`, `…35.5+02:00`), cut to milliseconds.
 * Undefined for anything else, for days that do not exist and outside the years 1900 to 9999.
 */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO_TIME.exec(text)
  if (!match) return undefined
  const day = dayNumber(match[1]!)
  if (day === undefined) return undefined
  const fraction = Number((match[5] ?? '').slice(0, 3).padEnd(3, '0'))
  const offset = Number(match[7] ?? 0) * HOUR + Number(match[8] ?? 0) * MINUTE
  return inYears(day * DAY + clockTime(match[2]!, match[3]!, match[4]!) + fraction - (match[6] === '-' ? -offset : offset))
}

/** The instant itself, where its zone is left out: an offset may carry it out of the years that can be written. */
const inYears = (ms: number): number | undefined => (ms >= YEAR_1900 && ms < YEAR_10000 ? ms : undefined)

/**
 * `YYYY-MM-DD` of a date written `2024-08-13`, `13-08-2024` (day first) or `Aug 13, 2024` (English, short or long).
 * Undefined for anything else, for days that do not exist and outside the years 1900 to 9999.
 */
export function parseDate(text: string): string | undefined {
  const [year, month, day] = dateParts(text)
  const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  return dayNumber(date) === undefined ? undefined : date
}

/** Seconds as `HH:MM:SS`; hours may pass 99. Fractions are dropped. Throws RangeError below 0 and when it is no number. */
export function duration(seconds: number): string {
  if (!(seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`${seconds} is not a duration`)
  return timeOf(Math.floor(seconds))
}

function makeClock(offsetAt: (ms: number) => number): ZoneClock {
  const dayStart = (day: number): number => instantOf(day * DAY, offsetAt, true)
  return {
    format(ms) {
      const local = Math.floor((ms + offsetAt(ms)) / SECOND)
      const day = Math.floor(local / 86_400)
      return `${dateOf(day)} ${timeOf(local - day * 86_400)}`
    },
    formatDate: ms => dateOf(Math.floor((ms + offsetAt(ms)) / DAY)),
    dayStart: date => dayStart(knownDay(date)),
    dayEnd: date => dayStart(knownDay(date) + 1),
    parse(text) {
      const match = LOCAL_TIME.exec(text)
      const day = match ? dayNumber(match[1]!) : undefined
      if (!match || day === undefined) return undefined
      return match[2] ? instantOf(day * DAY + clockTime(match[2], match[3]!, match[4]!), offsetAt, false) : dayStart(day)
    }
  }
}

/** The zone's distance from UTC in ms at an instant. Intl is slow, so it is asked once a UTC day; within one there is at most one change. */
function zoneOffsets(timeZone: string): (ms: number) => number {
  const ask = intlOffset(timeZone)
  const days = new Map<number, OffsetDay>()
  return ms => {
    const day = Math.floor(ms / DAY)
    let known = days.get(day)
    if (!known) {
      const before = ask(day * DAY)
      const after = ask(day * DAY + DAY)
      known = { before, after, until: before === after ? Infinity : changeAfter(ask, day * DAY, day * DAY + DAY) }
      if (days.size >= MAX_DAYS) days.clear()
      days.set(day, known)
    }
    return ms < known.until ? known.before : known.after
  }
}

/** Answers for whole seconds only. */
function intlOffset(timeZone: string): (ms: number) => number {
  if (/^[+-]/.test(timeZone)) throw new RangeError(`${timeZone} is an offset, not a time zone`)
  const numeric = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  } as const
  const intl = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', hourCycle: 'h23', ...numeric })
  return ms => {
    if (!Number.isFinite(ms)) throw new RangeError(`${ms} is not a time`)
    // Intl counts the years before 1 upwards
    const at = Math.max(ms, YEAR_1 + DAY)
    // the text is read back because formatToParts takes five times as long
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = intl.format(at).match(/\d+/g)?.map(Number) ?? []
    return daysTo(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND - at
  }
}

/** The first instant after `from`, to the second, at which the offset is another; there is one up to `to`. */
function changeAfter(offsetAt: (ms: number) => number, from: number, to: number): number {
  const before = offsetAt(from)
  let same = Math.floor(from / SECOND)
  let other = Math.floor(to / SECOND)
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(middle * SECOND) === before) same = middle
    else other = middle
  }
  return other * SECOND
}

/** `local` is a wall time as if it were UTC. In a gap: the instant of the change (`toChange`), or the time moved by the gap. */
function instantOf(local: number, offsetAt: (ms: number) => number, toChange: boolean): number {
  const before = offsetAt(local - DAY)
  const after = offsetAt(local + DAY)
  const first = local - Math.max(before, after)
  const last = local - Math.min(before, after)
  if (first + offsetAt(first) === local) return first
  if (last + offsetAt(last) === local) return last
  return toChange ? changeAfter(offsetAt, first, last) : local - before
}

/** The days from 1970-01-01 to a date of the Gregorian calendar; leap years counted from March, so that the leap day comes last. */
function daysTo(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
}

/** The date of a number of days from 1970-01-01: the inverse of `daysTo`, by way of 400-year eras of 146,097 days. */
function dateOf(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  return `${year > 999 ? year : String(year).padStart(4, '0')}-${TWO[month]}-${TWO[day]}`
}

function timeOf(seconds: number): string {
  const hours = Math.floor(seconds / 3_600)
  return `${TWO[hours] ?? hours}:${TWO[Math.floor(seconds / 60) % 60]}:${TWO[seconds % 60]}`
}

function dayNumber(date: string): number | undefined {
  const match = YEAR_FIRST.exec(date)
  if (!match) return undefined
  const days = daysTo(Number(match[1]), Number(match[2]), Number(match[3]))
  return Number(match[1]) >= 1900 && dateOf(days) === date ? days : undefined
}

function knownDay(date: string): number {
  const day = dayNumber(date)
  if (day === undefined) throw new RangeError(`${date} is not a date`)
  return day
}

function dateParts(text: string): [year: string, month: string | number, day: string] {
  const first = YEAR_FIRST.exec(text)
  if (first) return [first[1]!, first[2]!, first[3]!]
  const last = DAY_FIRST.exec(text)
  if (last) return [last[3]!, last[2]!, last[1]!]
  const named = MONTH_NAME.exec(text)
  return named ? [named[3]!, monthOf(named[1]!.toLowerCase()), named[2]!] : ['', 0, '']
}

function monthOf(name: string): number {
  return MONTHS.findIndex(month => month === name || month.slice(0, 3) === name || (name === 'sept' && month === 'september')) + 1
}

function clockTime(hours: string, minutes: string, seconds: string): number {
  return Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND
}
