/** A serial (24 hex digits) in the form of a UUID, for providers whose ids look so. */
export function uuidOf(serial: string): string {
  const hex = serial + serial.slice(0, 8)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The request's number within this run, from the counting half of its serial. */
export function numberOfSerial(serial: string): number {
  return Number.parseInt(serial.slice(12), 16)
}
