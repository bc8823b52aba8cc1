import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { makeFolder, openSmall, recoverAll, recoverHere, removeOnly } from '../test-kit.ts'
import { expectAllFound, startProgram } from './programs.ts'
import { holdOf, idOf, numberOf, readTold, settlementOf } from './told.ts'

/** Names of the steps that a program goes through when it is left alive, in order. */
function stepsIn(output: string): string[] {
  return output.split('\n').flatMap((line) => (line.startsWith('step ') ? [line.slice(5)] : []))
}

/** Two at a time: the machine has other things to do. */
async function inPairs<T>(all: T[], run: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += 2) await Promise.all(all.slice(from, from + 2).map(run))
}

test('killed at any step of making, changing, copying, removing and closing segments, a journal loses nothing', async () => {
  const whole = makeFolder()
  const steps = stepsIn((await startProgram('course.ts', whole, randomUUID()).ended).output)
  // The course does go through what it is for.
  expect(steps).toEqual(
    expect.arrayContaining([
      'make own folder #1',
      'create 00000002.journal #1',
      'write header 00000002.journal #1',
      'truncate 00000001.journal #1',
      'remove 00000001.journal #1',
      'close 00000001.journal #1',
      'rename own folder #1',
    ]),
  )
  // Of the many holds and settlements the first of each segment, and the last ones.
  const records = steps.filter((step) => /hold|settlement/.test(step))
  const few = records.filter((step, index) => step.endsWith('#1') || index >= records.length - 3)
  const points = steps
    .filter((step) => !records.includes(step) || few.includes(step))
    .flatMap((step) => (step.startsWith('write') ? ['before', 'half', 'after'] : ['before', 'after']).map((when) => [step, when] as const))
  expect(points.length).toBeGreaterThan(50)
  await inPairs(points, async ([step, when]) => {
    const dir = makeFolder()
    const { output, signal } = await startProgram('course.ts', dir, randomUUID(), step, when).ended
    // Syncs come by the clock, so that one of them may be missing from another run.
    if (!step.startsWith('sync')) expect(signal, `${when} ${step}`).toBe('SIGKILL')
    const told = readTold(output)
    const [found] = await recoverAll(dir)
    if (found === undefined) expect([...told.held].filter((number) => !told.drained.has(number))).toEqual([])
    else expectAllFound(told, found)
    await removeOnly(dir)
    expect(fs.readdirSync(dir), `${when} ${step}`).toEqual([])
  })
}, 120_000)

/** Some segments: calls 1 to 79 settled one late, the first and the last one open. */
async function leaveJournal(dir: string): Promise<void> {
  const journal = await openSmall(dir)
  for (let number = 0; number <= 80; number += 1) {
    journal.hold(idOf(number), holdOf(number), 400)
    if (number > 1) journal.settle(idOf(number - 1), settlementOf(number - 1))
  }
  await journal.close()
}

test('killed at any step of recovery, a journal is recovered by the next, and no settled call is ever unresolved', async () => {
  const whole = makeFolder()
  await leaveJournal(whole)
  const program = startProgram('recoverer.ts', whole)
  program.say('go')
  const steps = stepsIn((await program.ended).output)
  expect(steps.filter((step) => step.startsWith('remove')).length).toBeGreaterThan(4)
  const points = steps.flatMap((step) => [[step, 'before'] as const, [step, 'after'] as const])
  await inPairs(points, async ([step, when]) => {
    const dir = makeFolder()
    await leaveJournal(dir)
    const first = startProgram('recoverer.ts', dir, step, when)
    first.say('go')
    const { output, signal } = await first.ended
    expect(signal, `${when} ${step}`).toBe('SIGKILL')
    const told = output.split('\n')
    const booked = new Set(told.filter((line) => line.startsWith('s ')).map((line) => Number(line.slice(2))))
    for await (const found of recoverHere(dir)) {
      expect(found, `${when} ${step}`).toMatchObject({ orphaned: [], damage: [], tornBytes: 0 })
      const unresolved = [...found.unresolved()].map(numberOf)
      expect(unresolved.filter((number) => number !== 0 && number !== 80)).toEqual([])
      for (const record of found.settled(0)) booked.add(numberOf(record))
      await found.remove()
    }
    expect([...booked].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 79 }, (_, index) => index + 1))
    expect(fs.readdirSync(dir)).toEqual([])
  })
}, 120_000)
