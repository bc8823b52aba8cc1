import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder, recoverOnly } from '../test-kit.ts'

type Told = { held: Set<number>; settled: Set<number>; drained: Set<number>; drainedTo: number }

/** Runs the writer, kills it with SIGKILL once it told `lines` lines, and answers everything it told to its end. */
async function runAndKill(dir: string, lines: number): Promise<Told> {
  const writer = spawn(process.execPath, [path.join(import.meta.dirname, 'writer.ts'), dir, randomUUID()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: string[] = []
  let count = 0
  writer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk)
    count += chunk.split('\n').length - 1
    if (count >= lines) writer.kill('SIGKILL')
  })
  const signal = await new Promise((resolve) => writer.once('close', (_code, name) => resolve(name)))
  expect(signal).toBe('SIGKILL')
  return readTold(chunks.join(''))
}

function readTold(output: string): Told {
  const told: Told = { held: new Set(), settled: new Set(), drained: new Set(), drainedTo: 0 }
  // What stands behind the last line feed was cut off.
  for (const line of output.split('\n').slice(0, -1)) {
    const [what, number, position] = line.split(' ')
    if (what === 'h') told.held.add(Number(number))
    if (what === 's') told.settled.add(Number(number))
    if (what === 'd') {
      told.drained.add(Number(number))
      told.drainedTo = Number(position)
    }
  }
  return told
}

for (let round = 1; round <= 10; round += 1) {
  test(`kill -9, ${round} of 10: everything acknowledged is found, once, and right`, async () => {
    const dir = makeFolder()
    const told = await runAndKill(dir, 1 + round * 700 + Math.floor(Math.random() * 700))
    const found = await recoverOnly(dir)
    expect(found).toMatchObject({ damage: [], orphaned: [] })
    const settled = found.settled.filter((record) => record.position > told.drainedTo)
    const all = [...told.drained, ...settled.map((record) => record.id.readUInt32BE(12))]
    const unresolved = found.unresolved.map((hold) => hold.id.readUInt32BE(12))
    const known = new Set([...all, ...unresolved])
    expect(known.size, 'nothing is there twice').toBe(all.length + unresolved.length)
    expect(
      [...told.settled].filter((number) => !all.includes(number)),
      'settlements lost',
    ).toEqual([])
    expect(
      [...told.held].filter((number) => !known.has(number)),
      'holds lost',
    ).toEqual([])
    // At most the one call that was written but not yet told.
    expect([...known].filter((number) => !told.held.has(number)).length).toBeLessThanOrEqual(1)
    expect(all.filter((number) => !told.settled.has(number)).length).toBeLessThanOrEqual(1)
    for (const { id, hold, settle } of settled) {
      const number = id.readUInt32BE(12)
      expect(hold.equals(Buffer.alloc(100 + (number % 300), number))).toBe(true)
      expect(settle.equals(Buffer.alloc(number % 400, number + 1))).toBe(true)
    }
  })
}
