import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { holdOf, idOf, numberOf, settlementOf } from '../crash/told.ts'
import { JournalFull } from '../errors.ts'
import type { Journal } from '../journal.ts'
import { fillDisk, mountDisk, openSmall, recoverHere, recoverOnly } from '../test-kit.ts'

/** Calls come and go on a journal; everything that was acknowledged is remembered. */
type Traffic = {
  journal: Journal
  next: number
  open: number[]
  settled: Set<number>
  reasons: Set<string>
  random: (end: number) => number
}

/** Whole numbers from 0 to below `end`, the same in every run. */
function seeded(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
}

/** So many calls try to come in, with up to 60 open at once; a call that is open is always settled. Answers how many were held. */
function run(traffic: Traffic, calls: number): number {
  const { journal, open, settled, reasons, random } = traffic
  let held = 0
  for (let call = 0; call < calls; call += 1) {
    const number = traffic.next++
    try {
      journal.hold(idOf(number), holdOf(number), 400)
      open.push(number)
      held += 1
    } catch (error) {
      reasons.add(error instanceof JournalFull ? error.reason : String(error))
    }
    while (open.length > random(60)) {
      const [one = 0] = open.splice(random(open.length), 1)
      journal.settle(idOf(one), settlementOf(one))
      settled.add(one)
    }
  }
  return held
}

test('a disk that fills up in the middle of traffic, again and again, loses nothing, and calls come in again as soon as it is freed', async (context) => {
  const disk = mountDisk(context, '3m')
  const dir = path.join(disk, 'journal')
  const journal = await openSmall(dir, { segmentBytes: 32 * 1024, maxBytes: 64 * 1024 * 1024 })
  const traffic: Traffic = { journal, next: 0, open: [], settled: new Set(), reasons: new Set(), random: seeded(7) }
  const drained = new Set<number>()
  let refusedWhileFull = 0
  for (let round = 0; round < 12; round += 1) {
    expect(run(traffic, 200)).toBe(200)
    const filler = path.join(disk, 'filler')
    fillDisk(filler)
    fs.truncateSync(filler, Math.max(0, fs.statSync(filler).size - (round % 4) * 16 * 1024))
    const held = run(traffic, 600)
    refusedWhileFull += 600 - held
    expect(held, `round ${round}`).toBeLessThan(600)
    expect(journal.refusal()).toBe('disk')
    // What is drained frees segments, also while the disk is full, and calls may come in for it.
    if (round % 3 === 2) {
      const taken = journal.take(500)
      for (const record of taken) drained.add(numberOf(record))
      await journal.drained(taken.at(-1)?.position ?? 0)
      run(traffic, 100)
    }
    fs.rmSync(filler)
    expect(journal.refusal()).toBeUndefined()
  }
  expect([...traffic.reasons]).toEqual(['disk'])
  expect(refusedWhileFull).toBeGreaterThan(3000)
  expect(journal.stats().segments).toBeGreaterThan(8)
  const { drainedTo } = journal.stats()
  const found = await recoverOnly(dir)
  expect(found).toMatchObject({ damage: [], orphaned: [], tornBytes: 0 })
  const waiting = found.settled.filter(({ position }) => position > drainedTo)
  expect(new Set([...drained, ...waiting.map(numberOf)])).toEqual(traffic.settled)
  expect(drained.size + waiting.length).toBe(traffic.settled.size)
  expect(found.unresolved.map(numberOf).toSorted((a, b) => a - b)).toEqual(traffic.open.toSorted((a, b) => a - b))
})

test('a journal is recovered on a disk that is full to its last byte, and leaves room for the next', async (context) => {
  const disk = mountDisk(context, '1m')
  const dir = path.join(disk, 'journal')
  const journal = await openSmall(dir)
  const traffic: Traffic = { journal, next: 0, open: [], settled: new Set(), reasons: new Set(), random: seeded(1) }
  run(traffic, 200)
  await journal.close()
  fillDisk(path.join(disk, 'filler'))
  await expect(openSmall(dir)).rejects.toThrow(JournalFull)
  for await (const found of recoverHere(dir)) {
    expect(new Set([...found.settled(0)].map(numberOf))).toEqual(traffic.settled)
    await found.remove()
  }
  const next = await openSmall(dir)
  next.hold(idOf(1), holdOf(1), 400)
})
