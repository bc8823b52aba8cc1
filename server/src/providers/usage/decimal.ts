const NANO_DIGITS = 9
const NUMBER = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i

/**
 * A non-negative amount of US dollars as nano-dollars, half up, through its shortest decimal form: what was written as 0.0000315005
 * is 31501, though no binary fraction holds it. Null for anything that is no such amount.
 */
export function nanosOfDecimal(amount: unknown): bigint | null {
  if (typeof amount !== 'number') return null
  const parts = NUMBER.exec(String(amount))
  if (parts === null) return null
  const fraction = parts[2] ?? ''
  const digits = BigInt((parts[1] ?? '') + fraction)
  const shift = Number(parts[3] ?? 0) - fraction.length + NANO_DIGITS
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  return (digits + divisor / 2n) / divisor
}
