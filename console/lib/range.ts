/** The spans of time that figures are looked at in. */
export const rangeIds = ['24h', '7d', '30d'] as const
export type RangeId = (typeof rangeIds)[number]

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const spans: Record<RangeId, { ms: number; bucket: 'hour' | 'day'; comparedMs: number }> = {
  '24h': { ms: dayMs, bucket: 'hour', comparedMs: 7 * dayMs },
  '7d': { ms: 7 * dayMs, bucket: 'hour', comparedMs: 7 * dayMs },
  '30d': { ms: 30 * dayMs, bucket: 'day', comparedMs: 30 * dayMs },
}

export function isRangeId(text: unknown): text is RangeId {
  return rangeIds.includes(text as RangeId)
}

/** Hours for a week, days for a month. */
export function bucketOf(range: RangeId): 'hour' | 'day' {
  return spans[range].bucket
}

/** How many days before a range is compared with: the same weekday, or the month before. */
export function comparedDays(range: RangeId): number {
  return spans[range].comparedMs / dayMs
}

/** The half-open span that ends now, as the API takes it. */
export function spanOf(range: RangeId, nowMs: number): { from: string; to: string } {
  return span(nowMs - spans[range].ms, nowMs)
}

/** The span that a range is compared with. */
export function comparedSpanOf(range: RangeId, nowMs: number): { from: string; to: string } {
  const endMs = nowMs - spans[range].comparedMs
  return span(endMs - spans[range].ms, endMs)
}

function span(fromMs: number, toMs: number): { from: string; to: string } {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
}

/**
 * The start of every bucket that a half-open span touches: each hour, or each day as it begins in a time zone.
 * Days are found by walking the hours, so that those of 23 and 25 hours come out right.
 */
export function bucketStarts(from: string, to: string, bucket: 'hour' | 'day', timeZone: string): number[] {
  const firstMs = Math.floor(Date.parse(from) / hourMs) * hourMs
  const hours = Array.from({ length: Math.ceil((Date.parse(to) - firstMs) / hourMs) }, (_, index) => firstMs + index * hourMs)
  if (bucket === 'hour') return hours
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone })
  const beginning = [...hoursBackToMidnight(firstMs, day), ...hours]
  return beginning.filter((ms, index) => index === 0 || day.format(ms) !== day.format(ms - hourMs))
}

function hoursBackToMidnight(firstMs: number, day: Intl.DateTimeFormat): number[] {
  const earlier: number[] = []
  for (let ms = firstMs - hourMs; day.format(ms) === day.format(firstMs); ms -= hourMs) earlier.unshift(ms)
  return earlier
}
