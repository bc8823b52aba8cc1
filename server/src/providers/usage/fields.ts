/** No call uses a billion tokens; a count beyond that is no count, whoever reports it. */
const countMax = 1_000_000_000

/** A count: 0 when it is not there or null; NaN when it is there and is no count, so that whatever it enters is refused. */
export function count(value: unknown): number {
  if (value === undefined || value === null) return 0
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= countMax ? value : Number.NaN
}

/** A part of a whole: never more than the whole, 0 when it cannot be read. What providers report does not always add up. */
export function part(value: unknown, whole: number): number {
  const counted = count(value)
  return Number.isNaN(counted) ? 0 : Math.min(counted, whole)
}

/** Whether a count is there at all. */
export function isCount(value: unknown): boolean {
  return value !== undefined && value !== null && !Number.isNaN(count(value))
}
