'use client'

import { useLocale, useTimeZone } from 'next-intl'
import { formatUsd, formatUsdExact, formatUsdTick } from '#lib/format/money.ts'
import { formatChange, formatCount, formatDuration, formatInteger, formatShare } from '#lib/format/number.ts'
import { formatBucket, formatDay, formatInstant, formatRelative, formatTick, zoneName } from '#lib/format/time.ts'

/** Every way a figure or a time is written, in the page's language and the person's zone. */
export function useFormat() {
  const locale = useLocale()
  const timeZone = useTimeZone() ?? 'UTC'
  return {
    locale,
    timeZone,
    usd: (usd: number) => formatUsd(locale, usd),
    usdExact: (usd: number) => formatUsdExact(locale, usd),
    usdTick: (usd: number, step: number) => formatUsdTick(locale, usd, step),
    count: (count: number) => formatCount(locale, count),
    integer: (count: number) => formatInteger(locale, count),
    share: (share: number) => formatShare(locale, share),
    change: (now: number, before: number) => formatChange(locale, now, before),
    duration: (ms: number) => formatDuration(locale, ms),
    instant: (atMs: number) => formatInstant(locale, atMs, timeZone),
    relative: (atMs: number, nowMs: number) => formatRelative(locale, atMs, nowMs),
    day: (atMs: number) => formatDay(locale, atMs, timeZone),
    tick: (atMs: number, bucket: 'hour' | 'day') => formatTick(locale, atMs, timeZone, bucket),
    bucket: (atMs: number, bucket: 'hour' | 'day') => formatBucket(locale, atMs, timeZone, bucket),
    zone: (atMs: number) => zoneName(locale, atMs, timeZone),
  }
}
