import { dateFormat, relativeFormat } from './intl-cache.ts'

const steps = [
  { unit: 'second', ms: 1_000, below: 60_000 },
  { unit: 'minute', ms: 60_000, below: 3_600_000 },
  { unit: 'hour', ms: 3_600_000, below: 86_400_000 },
  { unit: 'day', ms: 86_400_000, below: 30 * 86_400_000 },
  { unit: 'month', ms: 30.44 * 86_400_000, below: 365 * 86_400_000 },
  { unit: 'year', ms: 365.25 * 86_400_000, below: Number.POSITIVE_INFINITY },
] as const

/**
 * How long ago or ahead: `há 5 min`, `in 3 days`. Ten seconds ago is `agora`, and so is the next minute: the page's
 * clock ticks in steps, and what was done just now must not seem to lie ahead.
 */
export function formatRelative(locale: string, atMs: number, nowMs: number): string {
  const differenceMs = atMs - nowMs
  if (differenceMs > -10_000 && differenceMs < 60_000) return relativeFormat(locale, 'auto').format(0, 'second')
  const step = steps.find(({ below }) => Math.abs(differenceMs) < below) ?? steps[5]
  return relativeFormat(locale, 'always').format(Math.trunc(differenceMs / step.ms), step.unit)
}

/** The instant to the second in the person's zone, with the zone named. */
export function formatInstant(locale: string, atMs: number, timeZone: string): string {
  return (
    dateFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', timeZone }).format(atMs) +
    ` ${zoneName(locale, atMs, timeZone)}`
  )
}

/** The day alone. */
export function formatDay(locale: string, atMs: number, timeZone: string): string {
  return dateFormat(locale, { dateStyle: 'medium', timeZone }).format(atMs)
}

/** For the axis of a chart: hours of a day, or days. */
export function formatTick(locale: string, atMs: number, timeZone: string, bucket: 'hour' | 'day'): string {
  return dateFormat(
    locale,
    bucket === 'hour' ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } : { day: '2-digit', month: 'short', timeZone },
  ).format(atMs)
}

/** For the tooltip of a chart: which hour of which day. */
export function formatBucket(locale: string, atMs: number, timeZone: string, bucket: 'hour' | 'day'): string {
  const day = { weekday: 'short', day: '2-digit', month: 'short', timeZone } as const
  return dateFormat(locale, bucket === 'hour' ? { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : day).format(atMs)
}

/** The short name of a zone at an instant, as `BRT` or `GMT-3`. */
export function zoneName(locale: string, atMs: number, timeZone: string): string {
  const parts = dateFormat(locale, { timeZoneName: 'short', timeZone }).formatToParts(atMs)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
}
