import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { totalWindowStart, windowOf, type Windowed } from './windows.ts'

const zones = Intl.supportedValuesOf('timeZone')
const [fromMs, toMs] = [Date.parse('2024-01-01T00:00:00Z'), Date.parse('2040-12-31T23:59:59.999Z')]
const hourMs = 3_600_000
const calendar = ['minute', 'hour', 'day', 'week', 'month'] as const

const limit = (settings: Partial<Windowed> = {}): Windowed => ({
  metric: 'cost',
  window: 'day',
  timezone: 'UTC',
  anchor: null,
  restartedAt: null,
  ...settings,
})

/** Start and end as people write them. */
function shown(settings: Partial<Windowed>, at: string): [string, string | null] {
  const { start, end } = windowOf(limit(settings), new Date(at))
  return [start.toISOString(), end?.toISOString() ?? null]
}

const instant = fc.integer({ min: fromMs, max: toMs }).map((ms) => new Date(ms))
const windowed: fc.Arbitrary<Windowed> = fc.record({
  metric: fc.constantFrom('cost', 'tokens', 'requests'),
  window: fc.constantFrom(...calendar),
  timezone: fc.constantFrom(...zones),
  anchor: fc.option(instant, { freq: 3 }),
  restartedAt: fc.option(instant, { freq: 3 }),
})

describe('every instant lies in one window', () => {
  /** The window of an instant, and that its neighbours are where they have to be. */
  function check(settings: Windowed, at: Date, part: number): void {
    const { start, end } = windowOf(settings, at)
    if (end === null) throw new Error('only a total never ends')
    expect(start <= at && at < end, `${start.toISOString()} ≤ ${at.toISOString()} < ${end.toISOString()}`).toBe(true)
    expect(windowOf(settings, end).start).toEqual(end)
    const inside = new Date(start.getTime() + Math.floor((end.getTime() - start.getTime() - 1) * part))
    expect(windowOf(settings, inside)).toEqual({ start, end })
    expect(windowOf(settings, new Date(start.getTime() - 1)).end).toEqual(start)
  }

  test('whatever the zone, the anchor, and the moment at which the limit was started over', () => {
    fc.assert(fc.property(windowed, instant, fc.double({ min: 0, max: 1, noNaN: true }), check), { numRuns: 2_000 })
  })

  test('around the moment at which a limit was started over', () => {
    const near = fc.integer({ min: -2 * hourMs, max: 2 * hourMs })
    fc.assert(
      fc.property(windowed, instant, near, (settings, at, offMs) => {
        check({ ...settings, restartedAt: at }, new Date(at.getTime() + offMs), 0.5)
        expect(windowOf({ ...settings, restartedAt: at }, at).start).toEqual(at)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each(zones.filter((_, index) => index % 8 === 0))('also on each day of a year in %s', (timezone) => {
    for (let day = 0; day < 366; day += 5) check(limit({ timezone }), new Date(fromMs + day * 24 * hourMs + (day % 24) * hourMs), 1)
  })
})

describe('a calendar window is as long as the calendar says', () => {
  const lengthMs = (settings: Windowed, at: Date) => {
    const { start, end } = windowOf(settings, at)
    return end!.getTime() - start.getTime()
  }
  const zoned = fc.record({ timezone: fc.constantFrom(...zones), at: instant })

  test('a day 23 to 25 hours, an hour at most one, a minute always one', () => {
    fc.assert(
      fc.property(zoned, ({ timezone, at }) => {
        const day = lengthMs(limit({ timezone, window: 'day' }), at)
        expect(day >= 23 * hourMs && day <= 25 * hourMs, `${timezone} ${at.toISOString()}: ${day / hourMs} h`).toBe(true)
        expect(lengthMs(limit({ timezone, window: 'hour' }), at)).toBeLessThanOrEqual(hourMs)
        expect(lengthMs(limit({ timezone, window: 'minute' }), at)).toBe(60_000)
      }),
      { numRuns: 1_500 },
    )
  })

  test('a week begins on a Monday, a month on its first, both where midnight is, or the first moment of the day where there is none', () => {
    fc.assert(
      fc.property(zoned, ({ timezone, at }) => {
        const parts = new Intl.DateTimeFormat('en-GB', {
          timeZone: timezone,
          weekday: 'short',
          day: 'numeric',
          hour: 'numeric',
          hourCycle: 'h23',
        })
        const told = (window: 'week' | 'month') =>
          Object.fromEntries(parts.formatToParts(windowOf(limit({ timezone, window }), at).start).map(({ type, value }) => [type, value]))
        expect(told('week').weekday).toBe('Mon')
        expect(told('month').day).toBe('1')
        expect(Number(told('week').hour)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 700 },
    )
  })
})

describe('days on which clocks change', () => {
  test('São Paulo no longer does: midnight is 03:00 UTC all year', () => {
    expect(shown({ timezone: 'America/Sao_Paulo' }, '2026-01-15T02:59:59.999Z')).toEqual([
      '2026-01-14T03:00:00.000Z',
      '2026-01-15T03:00:00.000Z',
    ])
    expect(shown({ timezone: 'America/Sao_Paulo' }, '2026-07-15T03:00:00.000Z')).toEqual([
      '2026-07-15T03:00:00.000Z',
      '2026-07-16T03:00:00.000Z',
    ])
    expect(shown({ timezone: 'America/Sao_Paulo', window: 'month' }, '2026-03-01T02:00:00Z')).toEqual([
      '2026-02-01T03:00:00.000Z',
      '2026-03-01T03:00:00.000Z',
    ])
  })

  test('São Paulo when it did: the day of 4 November 2018 began at one in the morning', () => {
    expect(shown({ timezone: 'America/Sao_Paulo' }, '2018-11-04T12:00:00Z')).toEqual([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ])
    expect(shown({ timezone: 'America/Sao_Paulo' }, '2018-11-04T02:59:59.999Z')[0]).toBe('2018-11-03T03:00:00.000Z')
  })

  test('New York in spring: 23 hours, and the hour that is not there is in no window', () => {
    const zone = { timezone: 'America/New_York' }
    expect(shown(zone, '2026-03-08T12:00:00Z')).toEqual(['2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'])
    expect(shown({ ...zone, window: 'hour' }, '2026-03-08T06:59:59.999Z')).toEqual(['2026-03-08T06:00:00.000Z', '2026-03-08T07:00:00.000Z'])
    expect(shown({ ...zone, window: 'hour' }, '2026-03-08T07:00:00.000Z')).toEqual(['2026-03-08T07:00:00.000Z', '2026-03-08T08:00:00.000Z'])
    expect(shown({ ...zone, window: 'week' }, '2026-03-08T12:00:00Z')).toEqual(['2026-03-02T05:00:00.000Z', '2026-03-09T04:00:00.000Z'])
  })

  test('New York in autumn: 25 hours, and the hour that comes twice is two windows', () => {
    const zone = { timezone: 'America/New_York' }
    expect(shown(zone, '2026-11-01T12:00:00Z')).toEqual(['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'])
    expect(shown({ ...zone, window: 'hour' }, '2026-11-01T05:30:00Z')).toEqual(['2026-11-01T05:00:00.000Z', '2026-11-01T06:00:00.000Z'])
    expect(shown({ ...zone, window: 'hour' }, '2026-11-01T06:30:00Z')).toEqual(['2026-11-01T06:00:00.000Z', '2026-11-01T07:00:00.000Z'])
    expect(shown({ ...zone, window: 'month' }, '2026-11-15T00:00:00Z')).toEqual(['2026-11-01T04:00:00.000Z', '2026-12-01T05:00:00.000Z'])
  })

  test('Lisbon: an hour before UTC in summer, with it in winter', () => {
    expect(shown({ timezone: 'Europe/Lisbon' }, '2026-03-29T12:00:00Z')).toEqual(['2026-03-29T00:00:00.000Z', '2026-03-29T23:00:00.000Z'])
    expect(shown({ timezone: 'Europe/Lisbon' }, '2026-10-25T12:00:00Z')).toEqual(['2026-10-24T23:00:00.000Z', '2026-10-26T00:00:00.000Z'])
  })

  test('Kolkata: half an hour off, also for windows of an hour', () => {
    expect(shown({ timezone: 'Asia/Kolkata' }, '2026-06-01T18:29:59.999Z')).toEqual([
      '2026-05-31T18:30:00.000Z',
      '2026-06-01T18:30:00.000Z',
    ])
    expect(shown({ timezone: 'Asia/Kolkata', window: 'hour' }, '2026-06-01T12:15:00Z')).toEqual([
      '2026-06-01T11:30:00.000Z',
      '2026-06-01T12:30:00.000Z',
    ])
  })

  test('Lord Howe: the clock changes by half an hour, which cuts hours and makes days of 23½ and 24½', () => {
    const zone = { timezone: 'Australia/Lord_Howe' }
    expect(shown(zone, '2026-04-05T00:00:00Z')).toEqual(['2026-04-04T13:00:00.000Z', '2026-04-05T13:30:00.000Z'])
    expect(shown(zone, '2026-10-04T00:00:00Z')).toEqual(['2026-10-03T13:30:00.000Z', '2026-10-04T13:00:00.000Z'])
    // At two it is half past one again: the hour from one is cut there, and what comes again is a window of its own.
    expect(shown({ ...zone, window: 'hour' }, '2026-04-04T14:59:59.999Z')).toEqual(['2026-04-04T14:00:00.000Z', '2026-04-04T15:00:00.000Z'])
    expect(shown({ ...zone, window: 'hour' }, '2026-04-04T15:00:00.000Z')).toEqual(['2026-04-04T15:00:00.000Z', '2026-04-04T15:30:00.000Z'])
    expect(shown({ ...zone, window: 'hour' }, '2026-04-04T15:30:00.000Z')).toEqual(['2026-04-04T15:30:00.000Z', '2026-04-04T16:30:00.000Z'])
  })

  test('Apia: 30 December 2011 was left out, and the day before it ends where the day after it begins', () => {
    const zone = { timezone: 'Pacific/Apia' }
    expect(shown(zone, '2011-12-30T09:59:59.999Z')).toEqual(['2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'])
    expect(shown(zone, '2011-12-30T10:00:00.000Z')).toEqual(['2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z'])
  })
})

describe('a window from an anchor', () => {
  const anchored = (anchor: string, window: Windowed['window'] = 'month') => ({ window, anchor: new Date(anchor) })

  test('of a 31st begins on the last day of months that have no such day, and stays one', () => {
    const settings = anchored('2026-01-31T10:20:30.400Z')
    expect(shown(settings, '2026-02-28T10:20:30.400Z')).toEqual(['2026-02-28T10:20:30.400Z', '2026-03-31T10:20:30.400Z'])
    expect(shown(settings, '2026-03-31T10:20:30.399Z')[0]).toBe('2026-02-28T10:20:30.400Z')
    expect(shown(settings, '2026-05-01T00:00:00Z')).toEqual(['2026-04-30T10:20:30.400Z', '2026-05-31T10:20:30.400Z'])
    expect(shown(settings, '2028-03-01T00:00:00Z')).toEqual(['2028-02-29T10:20:30.400Z', '2028-03-31T10:20:30.400Z'])
  })

  test('of a leap day begins on 28 February in other years', () => {
    const settings = anchored('2024-02-29T00:00:00Z')
    expect(shown(settings, '2025-02-28T00:00:00Z')).toEqual(['2025-02-28T00:00:00.000Z', '2025-03-29T00:00:00.000Z'])
    expect(shown(settings, '2028-02-29T00:00:00Z')).toEqual(['2028-02-29T00:00:00.000Z', '2028-03-29T00:00:00.000Z'])
  })

  test('is there before its anchor too', () => {
    expect(shown(anchored('2026-03-31T12:00:00Z'), '2026-02-28T11:00:00Z')).toEqual([
      '2026-01-31T12:00:00.000Z',
      '2026-02-28T12:00:00.000Z',
    ])
    expect(shown(anchored('2026-03-10T12:00:30Z', 'minute'), '2026-03-10T12:00:29.999Z')).toEqual([
      '2026-03-10T11:59:30.000Z',
      '2026-03-10T12:00:30.000Z',
    ])
  })

  test('of days and weeks is so many hours, whatever the clocks do', () => {
    const day = { ...anchored('2026-03-07T18:00:00Z', 'day'), timezone: 'America/New_York' }
    expect(shown(day, '2026-03-09T12:00:00Z')).toEqual(['2026-03-08T18:00:00.000Z', '2026-03-09T18:00:00.000Z'])
    const week = { ...anchored('2026-03-07T18:00:00Z', 'week'), timezone: 'America/New_York' }
    expect(shown(week, '2026-03-20T12:00:00Z')).toEqual(['2026-03-14T18:00:00.000Z', '2026-03-21T18:00:00.000Z'])
  })
})

describe('a limit that was started over', () => {
  const restarted = { timezone: 'UTC', restartedAt: new Date('2026-06-10T15:00:00Z') }

  test('has a window that ends then, and one that begins', () => {
    expect(shown(restarted, '2026-06-10T14:59:59.999Z')).toEqual(['2026-06-10T00:00:00.000Z', '2026-06-10T15:00:00.000Z'])
    expect(shown(restarted, '2026-06-10T15:00:00.000Z')).toEqual(['2026-06-10T15:00:00.000Z', '2026-06-11T00:00:00.000Z'])
    expect(shown(restarted, '2026-06-11T00:00:00.000Z')).toEqual(['2026-06-11T00:00:00.000Z', '2026-06-12T00:00:00.000Z'])
  })

  test('over its whole life has one window before and one after', () => {
    expect(shown({ ...restarted, window: 'total' }, '2026-06-10T14:00:00Z')).toEqual([
      totalWindowStart.toISOString(),
      '2026-06-10T15:00:00.000Z',
    ])
    expect(shown({ ...restarted, window: 'total' }, '2030-01-01T00:00:00Z')).toEqual(['2026-06-10T15:00:00.000Z', null])
    expect(shown({ window: 'total' }, '2030-01-01T00:00:00Z')).toEqual([totalWindowStart.toISOString(), null])
  })

  test('on the calls under way has one window, whatever is said', () => {
    expect(shown({ metric: 'parallel', window: 'day' }, '2026-06-10T15:00:00Z')).toEqual([totalWindowStart.toISOString(), null])
  })
})

test('an unknown zone is told of', () => {
  expect(() => windowOf(limit({ timezone: 'Europe/Nowhere' }), new Date())).toThrow(RangeError)
})
