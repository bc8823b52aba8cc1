import fs from 'node:fs'

/** The one of the test kit, which needs vitest around it; these programs run without. */
export const database = '01900000-0000-7000-8000-00000000000d'

/** What a program of this folder said before it died; what it was about to say may be true as well. */
export type Told = { held: Set<number>; settled: Set<number>; drained: Set<number>; drainedTo: number; other: string[] }

/** The 16 bytes of a call's number. */
export function idOf(number: number): Buffer {
  const id = Buffer.alloc(16, 0xab)
  id.writeUInt32BE(number, 12)
  return id
}

export function numberOf({ id }: { id: Buffer }): number {
  return id.readUInt32BE(12)
}

export function holdOf(number: number): Buffer {
  return Buffer.alloc(100 + (number % 300), number)
}

export function settlementOf(number: number): Buffer {
  return Buffer.alloc(number % 400, number + 1)
}

/** One line on the standard output, which arrives whatever happens next. */
export function tell(line: string): void {
  fs.writeSync(1, `${line}\n`)
}

/** `h <number>` was held, `s <number>` settled, `d <number> <position>` is about to be marked as drained. */
export function readTold(output: string): Told {
  const told: Told = { held: new Set(), settled: new Set(), drained: new Set(), drainedTo: 0, other: [] }
  // What stands behind the last line feed was cut off.
  for (const line of output.split('\n').slice(0, -1)) {
    const [what, number, position] = line.split(' ')
    if (what === 'h') told.held.add(Number(number))
    else if (what === 's') told.settled.add(Number(number))
    else if (what === 'd') {
      told.drained.add(Number(number))
      told.drainedTo = Number(position)
    } else told.other.push(line)
  }
  return told
}
