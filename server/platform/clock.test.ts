import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duration, isoTime, microIso, parseDate, parseIsoTime, zoneClock } from './clock.ts'

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/St_Johns',
  'UTC'
]
  .concat(['Africa/Casablanca', 'America/Sao_Paulo', 'America/Havana', 'Asia/Beirut', 'Africa/Cairo', 'Europe/Dublin'])
  .concat(['Asia/Gaza', 'Asia/Tehran', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Antarctica/Troll'])
const zone = fc.constantFrom(...ZONES)
const instant = fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2100, 11, 31) })
const date = fc
  .date({ min: new Date('1971-01-02'), max: new Date('2100-12-30'), noInvalidDate: true })
  .map(day => isoTime(+day).slice(0, 10))

function intlFormat(timeZone: string, ms: number): string {
  const both = { timeZone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('sv-SE', both).format(ms)
}

/** The promise holds for any of the values; a matcher's own answer is no verdict. */
function always<T>(values: fc.Arbitrary<T>, promise: (value: T) => void, numRuns = 300): void {
  const property = fc.property(values, value => {
    promise(value)
  })
  fc.assert(property, { numRuns })
}

describe('a zone clock', () => {
  test('says what Intl says, in every zone and year', () => {
    const property = fc.property(zone, instant, (timeZone, ms) => {
      expect(zoneClock(timeZone).format(ms)).toBe(intlFormat(timeZone, ms))
    })
    fc.assert(property, { numRuns: 3000 })
  })

  test('says what Intl says in each minute around every change of the offset', () => {
    const changes: [string, string][] = [
      ['Europe/Berlin', '2024-03-31T01:00'],
      ['America/New_York', '2024-11-03T06:00']
    ]
    changes.push(
      ['Australia/Lord_Howe', '2024-04-06T15:00'],
      ['Pacific/Apia', '2011-12-30T10:00'],
      ['America/St_Johns', '2006-10-29T02:31']
    )
    changes.push(
      ['Africa/Casablanca', '2024-03-10T02:00'],
      ['Asia/Kathmandu', '1985-12-31T18:30'],
      ['Europe/Berlin', '1893-03-31T23:06']
    )
    for (const [timeZone, minute] of changes) {
      const change = Date.parse(`${minute}Z`)
      const seen = new Set<number>()
      for (let ms = change - 90_500; ms < change + 90_000; ms += 7_250) {
        expect(zoneClock(timeZone).format(ms)).toBe(intlFormat(timeZone, ms))
        seen.add(Date.parse(`${zoneClock(timeZone).format(ms)}Z`) - Math.floor(ms / 1000) * 1000)
      }
      expect(seen.size, `${timeZone} changes at ${minute}`).toBe(2)
    }
  })

  test('keeps to the calendar before 1970, in leap years and at the ends of its range', () => {
    expect(zoneClock('UTC').format(-1)).toBe('1969-12-31 23:59:59')
    expect(zoneClock('UTC').format(Date.UTC(1900, 1, 28, 24))).toBe('1900-03-01 00:00:00')
    expect(zoneClock('UTC').format(Date.UTC(2000, 1, 29))).toBe('2000-02-29 00:00:00')
    expect(zoneClock('UTC').format(-62_135_596_800_000)).toBe('0001-01-01 00:00:00')
    expect(zoneClock('UTC').format(253_402_300_799_999)).toBe('9999-12-31 23:59:59')
    expect(zoneClock('America/New_York').format(-62_135_596_800_000)).toBe('0000-12-31 19:03:58')
    expect(zoneClock('Europe/Berlin').format(Date.UTC(1890, 0, 1))).toBe('1890-01-01 00:53:28')
  })

  test('is made once a zone, and forgets old days without forgetting the truth', () => {
    const clock = zoneClock('America/New_York')
    expect(zoneClock('America/New_York')).toBe(clock)
    const first = clock.format(0)
    for (let day = 0; day < 9_000; day++) clock.formatDate(day * 86_400_000)
    expect(clock.format(0)).toBe(first)
  })

  test('reads back what it wrote, but for an hour that happens twice: then the first of the two', () => {
    const property = fc.property(zone, instant, (timeZone, ms) => {
      const clock = zoneClock(timeZone)
      const read = clock.parse(clock.format(ms))
      expect(read).toBeLessThanOrEqual(ms)
      expect(clock.format(read ?? Number.NaN)).toBe(clock.format(ms))
    })
    fc.assert(property, { numRuns: 2000 })
    expect(zoneClock('Europe/Berlin').parse('2024-10-27 02:30:00')).toBe(Date.parse('2024-10-27T00:30:00Z'))
    expect(zoneClock('Europe/Berlin').parse('2024-10-27 03:00:00')).toBe(Date.parse('2024-10-27T02:00:00Z'))
  })

  test('reads the times after a change on the day of the change', () => {
    expect(zoneClock('America/New_York').parse('2024-03-10 03:30:00')).toBe(Date.parse('2024-03-10T07:30:00Z'))
    expect(zoneClock('America/New_York').parse('2024-11-03 02:30:00')).toBe(Date.parse('2024-11-03T07:30:00Z'))
    expect(zoneClock('Asia/Beirut').parse('2024-03-31 01:30:00')).toBe(Date.parse('2024-03-30T22:30:00Z'))
  })

  test('moves a time that the clocks skip by the gap', () => {
    expect(zoneClock('Europe/Berlin').parse('2024-03-31 02:30:00')).toBe(Date.parse('2024-03-31T01:30:00Z'))
    expect(zoneClock('Pacific/Apia').parse('2011-12-30 12:00:00')).toBe(Date.parse('2011-12-30T22:00:00Z'))
  })

  test('days follow one another without gap or overlap, and each begins at its first instant', () => {
    const property = fc.property(zone, date, (timeZone, day) => {
      const clock = zoneClock(timeZone)
      const next = isoTime(Date.parse(day) + 86_400_000).slice(0, 10)
      expect(clock.dayEnd(day)).toBe(clock.dayStart(next))
      expect(clock.parse(day)).toBe(clock.dayStart(day))
      expect(clock.formatDate(clock.dayStart(day) - 1000) < day).toBe(true)
      if (day !== '2011-12-30') expect(clock.formatDate(clock.dayStart(day))).toBe(day)
    })
    fc.assert(property, { numRuns: 3000 })
  })

  test('a day begins after the gap where clocks skip midnight, and a skipped day is empty', () => {
    expect(isoTime(zoneClock('America/Sao_Paulo').dayStart('2018-11-04'))).toBe('2018-11-04T03:00:00.000Z')
    expect(isoTime(zoneClock('America/Toronto').dayStart('1919-03-31'))).toBe('1919-03-31T04:30:00.000Z')
    expect(isoTime(zoneClock('Africa/Cairo').dayStart('2024-04-26'))).toBe('2024-04-25T22:00:00.000Z')
    expect(isoTime(zoneClock('America/Havana').dayStart('2024-11-03'))).toBe('2024-11-03T04:00:00.000Z')
    expect(isoTime(zoneClock('Pacific/Apia').dayStart('2011-12-30'))).toBe('2011-12-30T10:00:00.000Z')
    expect(isoTime(zoneClock('Pacific/Apia').dayEnd('2011-12-30'))).toBe('2011-12-30T10:00:00.000Z')
  })

  test('takes no text for a time but its own form and real dates', () => {
    const clock = zoneClock('Europe/Berlin')
    const refused = ['', 'now', '2024-02-30', '2024-02-30 10:00:00', '2024-13-01', '2024-00-10', '2024-01-00', '2023-02-29']
      .concat(['2024-01-01 24:00:00', '2024-01-01 23:60:00', '2024-01-01 23:59:60', '2024-01-01T10:00:00', '2024-01-01 10:00'])
      .concat([' 2024-01-01', '2024-01-01 ', '2024-1-1', '1899-12-31', '0000-01-01', '2024-01-01\n', '12024-01-01'])
    for (const text of refused) expect(clock.parse(text), text).toBeUndefined()
    expect(clock.parse('1900-01-01')).toBeDefined()
    expect(clock.parse('9999-12-31 23:59:59')).toBeDefined()
    always(fc.string(), text => expect(clock.parse(text)).toBeUndefined())
  })

  test('refuses unknown zones, offsets, days that are none and times that are none', () => {
    for (const name of ['', 'Mars/Olympus', '+02:00', '-0500', '../etc/passwd'])
      expect(() => zoneClock(name), name).toThrow(RangeError)
    expect(() => zoneClock('UTC').dayStart('2024-02-30')).toThrow(RangeError)
    expect(() => zoneClock('UTC').dayEnd('yesterday')).toThrow(RangeError)
    for (const ms of [Number.NaN, Infinity, -Infinity]) expect(() => zoneClock('UTC').format(ms), `${ms}`).toThrow(RangeError)
  })
})

describe('ISO times', () => {
  test('are written as Date writes them', () => {
    const any = fc.integer({ min: -8.64e15, max: 8.64e15 })
    always(fc.oneof(any, instant), ms => expect(isoTime(ms)).toBe(new Date(ms).toISOString()), 2000)
    expect(isoTime(Date.UTC(2024, 7, 9, 16, 42, 35))).toBe('2024-08-09T16:42:35.000Z')
    expect(microIso(Date.UTC(2024, 7, 9, 16, 42, 35, 7))).toBe('2024-08-09T16:42:35.007000Z')
    expect(() => isoTime(Number.NaN)).toThrow(RangeError)
  })

  test('are read back exactly', () => {
    always(instant, ms => expect(parseIsoTime(isoTime(ms))).toBe(ms))
    always(instant, ms => expect(parseIsoTime(microIso(ms))).toBe(ms))
  })

  test('count the zone and cut the fraction to milliseconds', () => {
    expect(parseIsoTime('2024-08-09T16:42:35Z')).toBe(Date.UTC(2024, 7, 9, 16, 42, 35))
    expect(parseIsoTime('2024-08-09T16:42:35.5+02:30')).toBe(Date.UTC(2024, 7, 9, 14, 12, 35, 500))
    expect(parseIsoTime('2024-08-09T16:42:35-07:15')).toBe(Date.UTC(2024, 7, 9, 23, 57, 35))
    expect(parseIsoTime('2024-08-09T16:42:35.999999Z')).toBe(Date.UTC(2024, 7, 9, 16, 42, 35, 999))
  })

  test('without a zone, of no real day or in another form are refused', () => {
    const refused = ['2024-08-09T16:42:35', '2024-08-09', '2024-08-09 16:42:35Z', '2024-02-30T00:00:00Z', '2024-08-09T24:00:00Z']
      .concat([
        '2024-08-09T16:42Z',
        '2024-08-09T16:42:35z',
        '2024-08-09T16:42:35+0200',
        '2024-08-09T16:42:35.Z',
        '1899-12-31T00:00:00Z'
      ])
      .concat(['2024-08-09T16:42:35+24:00', '2024-08-09T16:42:35+02:60', '2024-08-09T16:42:35.1234567890Z', '', '0', 'Z'])
    for (const text of refused) expect(parseIsoTime(text), text).toBeUndefined()
    always(fc.string(), text => expect(parseIsoTime(text)).toBeUndefined())
  })
})

describe('dates', () => {
  test('are read in the three published forms', () => {
    const accepted = ['2024-08-13', '13-08-2024', 'Aug 13, 2024', 'AUGUST 13 2024', 'august 13, 2024']
    for (const text of accepted) expect(parseDate(text), text).toBe('2024-08-13')
    expect(parseDate('Sept 3, 2024')).toBe('2024-09-03')
    expect(parseDate('May 03, 2024')).toBe('2024-05-03')
    expect(parseDate('29-02-2024')).toBe('2024-02-29')
  })

  test('survive each form and every month', () => {
    fc.assert(
      fc.property(date, day => {
        const at = Date.parse(day)
        const english = (month: 'short' | 'long') =>
          new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', year: 'numeric', month, day: 'numeric' }).format(at)
        for (const text of [day, day.split('-').reverse().join('-'), english('short'), english('long')])
          expect(parseDate(text), text).toBe(day)
      })
    )
  })

  test('that do not exist, are guesswork or lie outside 1900 to 9999 are refused', () => {
    const refused = [
      '2024-02-30',
      '13-08-24',
      '31-04-2024',
      'Feb 30, 2024',
      'Augu 13, 2024',
      'Foo 13, 2024',
      '08/13/2024',
      '2024-8-3'
    ].concat([
      '',
      '0',
      '1899-12-31',
      '31-12-1899',
      'Jan 1, 0999',
      '10000-01-01',
      'Aug 0, 2024',
      '2024-08-13 ',
      '--',
      'Aug 13,, 2024'
    ])
    for (const text of refused) expect(parseDate(text), text).toBeUndefined()
    always(fc.string(), text => expect(parseDate(text)).toBeUndefined())
  })
})

test('a duration is hours, minutes and seconds, and hours may pass 99', () => {
  expect([0, 59, 60, 3_599, 3_600, 45_296.9, 359_999, 360_000, 4_445_555].map(duration)).toEqual([
    '00:00:00',
    '00:00:59',
    '00:01:00',
    '00:59:59',
    '01:00:00',
    '12:34:56',
    '99:59:59',
    '100:00:00',
    '1234:52:35'
  ])
  for (const seconds of [-1, Number.NaN, Infinity]) expect(() => duration(seconds), `${seconds}`).toThrow(RangeError)
})
