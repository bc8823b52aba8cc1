/** Money is integer nano-dollars everywhere but on the wire, where it is US dollars as a JSON number of at most 9 decimals. */

/** US dollars of the wire as nano-dollars, half up. Exact for every number of at most 9 decimals below 9,000,000 dollars. */
export function nanosOfUsd(usd: number): bigint {
  return BigInt(Math.round(usd * 1e9))
}

/** Nano-dollars as the JSON number nearest to them. */
export function usdOfNanos(nanos: bigint): number {
  const negative = nanos < 0n
  const digits = (negative ? -nanos : nanos).toString().padStart(10, '0')
  const usd = Number(`${digits.slice(0, -9)}.${digits.slice(-9)}`)
  return negative ? -usd : usd
}
