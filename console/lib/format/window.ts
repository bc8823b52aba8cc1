import { dateFormat } from './intl-cache.ts'

const hourMs = 3_600_000

/**
 * A closed span of time under the name a person would give it: a month, a week, a day, an hour; what is none of these with its
 * beginning and end. `timeZone` is where the days of the span begin. The year is named where it is not that of now.
 */
export function formatSpan(locale: string, startMs: number, endMs: number, timeZone: string, nowMs: number): string {
  const year = yearOf(startMs, timeZone) === yearOf(nowMs, timeZone) ? undefined : 'numeric'
  const lengthMs = endMs - startMs
  if (isMidnight(startMs, timeZone) && isMidnight(endMs, timeZone)) {
    if (isFirst(startMs, timeZone) && isFirst(endMs, timeZone) && lengthMs < 32 * 24 * hourMs)
      return dateFormat(locale, { month: 'long', year: 'numeric', timeZone }).format(startMs)
    if (lengthMs <= 25 * hourMs)
      return dateFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', year, timeZone }).format(startMs)
    return dateFormat(locale, { day: 'numeric', month: 'short', year, timeZone }).formatRange(startMs, endMs - 1)
  }
  const isToTheMinute = startMs % 60_000 === 0 && endMs % 60_000 === 0
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const
  const instant = { day: 'numeric', month: 'short', year, ...clock, ...(!isToTheMinute && { second: '2-digit' as const }) } as const
  if (isToTheMinute && lengthMs === 60_000) return dateFormat(locale, instant).format(startMs)
  return dateFormat(locale, instant).formatRange(startMs, endMs)
}

function isMidnight(ms: number, timeZone: string): boolean {
  const clock = dateFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone }).format(ms)
  return clock === '00:00:00'
}

function yearOf(ms: number, timeZone: string): string {
  return dateFormat('en', { year: 'numeric', timeZone }).format(ms)
}

function isFirst(ms: number, timeZone: string): boolean {
  return dateFormat('en', { day: 'numeric', timeZone }).format(ms) === '1'
}
