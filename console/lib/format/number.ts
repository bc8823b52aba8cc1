import { numberFormat } from './intl-cache.ts'

/** From here on a count is shortened, and its exact value is a hover away. */
const shortFrom = 10_000

/** A whole number with its group separators. */
export function formatInteger(locale: string, count: number): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(count)
}

/** A count as it is shown: exact below ten thousand, three significant digits above (`12,3 mil`). */
export function formatCount(locale: string, count: number): string {
  if (Math.abs(count) < shortFrom) return formatInteger(locale, count)
  return numberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 }).format(count)
}

/** The least share that is told from nothing. */
const leastShare = 0.0001

/** A share of one: 0.455 reads `45,5 %` in the way of the language. Something is never shown as nothing. */
export function formatShare(locale: string, share: number): string {
  if (share > 0 && share < leastShare / 2) return `< ${formatShare(locale, leastShare)}`
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: Math.abs(share) < 0.1 && share !== 0 ? 2 : 1 }).format(share)
}

/** The change from one figure to another, signed; null when there is nothing to compare with. */
export function formatChange(locale: string, now: number, before: number): string | null {
  if (before === 0) return null
  const change = (now - before) / before
  return numberFormat(locale, {
    style: 'percent',
    signDisplay: 'exceptZero',
    maximumFractionDigits: Math.abs(change) < 0.1 ? 1 : 0,
  }).format(change)
}

/** Milliseconds in the unit a person would say: `850 ms`, `1,2 s`, `3 min`. */
export function formatDuration(locale: string, ms: number): string {
  if (ms < 1000) return unit(locale, 'millisecond', ms, 0)
  if (ms < 120_000) return unit(locale, 'second', ms / 1000, ms < 10_000 ? 1 : 0)
  return unit(locale, 'minute', ms / 60_000, 0)
}

function unit(locale: string, name: string, value: number, decimals: number): string {
  return numberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: decimals }).format(value)
}
