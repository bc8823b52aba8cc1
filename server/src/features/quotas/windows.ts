import { Temporal } from 'temporal-polyfill'
import type { LimitsTable } from './limits.table.ts'

/** What the windows of a limit depend on. `timezone`: IANA; `anchor`: windows begin there instead of with the calendar. */
export type Windowed = {
  metric: LimitsTable['metric']
  window: LimitsTable['window']
  timezone: string
  anchor: Date | null
  restartedAt: Date | null
}

/** Half-open; `end` null for a window that never ends. */
export type Window = { start: Date; end: Date | null }

/** The start of every `total` window: the start is part of a counter's identity, and a total has only one, unless it is restarted. */
export const totalWindowStart = new Date('1970-01-01T00:00:00Z')

const fixedMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

/**
 * The window of a limit that an instant lies in. Every instant lies in exactly one, and the next begins where this one ends. A limit
 * that was started over has a window that begins at that moment, and one that was cut short there. Throws a RangeError on an unknown zone.
 */
export function windowOf(limit: Windowed, at: Date): Window {
  const { start, end } = wholeWindow(limit, at)
  const { restartedAt } = limit
  if (restartedAt === null) return { start, end }
  if (restartedAt <= at) return { start: restartedAt > start ? restartedAt : start, end }
  return { start, end: end === null || restartedAt < end ? restartedAt : end }
}

function wholeWindow({ metric, window, timezone, anchor }: Windowed, at: Date): Window {
  if (window === 'total' || metric === 'parallel') return { start: totalWindowStart, end: null }
  if (anchor !== null) return window === 'month' ? anchoredMonth(anchor, at) : fixedWindow(anchor.getTime(), fixedMs[window], at)
  if (window === 'minute') return fixedWindow(0, fixedMs.minute, at)
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone)
  if (window === 'hour') return hourWindow(local)
  const today = local.toPlainDate()
  if (window === 'day') return days(timezone, today, today.add({ days: 1 }))
  const first = window === 'week' ? today.subtract({ days: today.dayOfWeek - 1 }) : today.with({ day: 1 })
  return days(timezone, first, first.add(window === 'week' ? { weeks: 1 } : { months: 1 }))
}

function fixedWindow(originMs: number, lengthMs: number, at: Date): Window {
  const startMs = originMs + Math.floor((at.getTime() - originMs) / lengthMs) * lengthMs
  return { start: new Date(startMs), end: new Date(startMs + lengthMs) }
}

/** The same day of every month, or the month's last day where it has no such day; always counted from the anchor, so that a 31st stays one. */
function anchoredMonth(anchor: Date, at: Date): Window {
  const origin = Temporal.Instant.fromEpochMilliseconds(anchor.getTime()).toZonedDateTimeISO('UTC')
  const after = (months: number) => new Date(origin.add({ months }).epochMilliseconds)
  let months = (at.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + at.getUTCMonth() - anchor.getUTCMonth()
  if (after(months) > at) months--
  return { start: after(months), end: after(months + 1) }
}

/** An hour of the clock on the wall; a change of the clock within it cuts it there. */
function hourWindow(local: Temporal.ZonedDateTime): Window {
  const { minute, second, millisecond, epochMilliseconds: atMs } = local
  const startMs = atMs - minute * 60_000 - second * 1_000 - millisecond
  const cutBefore = local.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? startMs
  const cutAfter = local.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity
  return { start: new Date(Math.max(startMs, cutBefore)), end: new Date(Math.min(startMs + fixedMs.hour, cutAfter)) }
}

function days(timezone: string, from: Temporal.PlainDate, to: Temporal.PlainDate): Window {
  return {
    start: new Date(from.toZonedDateTime(timezone).epochMilliseconds),
    end: new Date(to.toZonedDateTime(timezone).epochMilliseconds),
  }
}
