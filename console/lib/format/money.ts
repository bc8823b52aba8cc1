import { numberFormat } from './intl-cache.ts'

/** The API counts money in nano-dollars: no amount has more digits than this. */
const maxDecimals = 9

/**
 * US dollars with enough digits to be true: cents from one dollar up, three significant digits below,
 * so that `US$ 0,00042` never reads `US$ 0,00`. Never fewer than two decimals.
 */
export function formatUsd(locale: string, usd: number): string {
  return numberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: decimalsFor(usd),
  }).format(usd)
}

/** Every digit there is, down to the nano-dollar. */
export function formatUsdExact(locale: string, usd: number): string {
  return numberFormat(locale, { style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: maxDecimals }).format(
    usd,
  )
}

/** For the axis of a chart, where few digits must tell the ticks apart. */
export function formatUsdTick(locale: string, usd: number, step: number): string {
  const decimals = step >= 1 || step === 0 ? 0 : Math.min(maxDecimals, Math.max(2, Math.ceil(-Math.log10(step))))
  const compact = Math.abs(usd) >= 10_000
  return numberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: compact ? 0 : decimals,
    maximumFractionDigits: compact ? 1 : decimals,
    ...(compact && { notation: 'compact' as const }),
  }).format(usd)
}

function decimalsFor(usd: number): number {
  const size = Math.abs(usd)
  if (size >= 1 || size === 0) return 2
  return Math.min(maxDecimals, Math.max(2, 2 - Math.floor(Math.log10(size))))
}
