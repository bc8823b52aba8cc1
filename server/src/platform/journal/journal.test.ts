import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JournalFull } from './errors.ts'
import type { Journal } from './journal.ts'
import { idOf } from './crash/told.ts'
import { makeFolder, openSmall, recoverAll, recoverOnly, removeOnly, segmentFiles } from './test-kit.ts'

const text = (value: string) => Buffer.from(value)

/** Holds and settles ids from..to-1, with payloads that fill a 4096-byte segment in some ten calls. */
function fill(journal: Journal, from: number, to: number): void {
  for (let number = from; number < to; number += 1) {
    journal.hold(idOf(number), Buffer.alloc(200, number), 200)
    journal.settle(idOf(number), Buffer.alloc(200, number + 1))
  }
}

describe('what is written is found again', () => {
  test('settled calls come in the order of their settlement, with both payloads', async () => {
    const journal = await openSmall(makeFolder())
    journal.hold(idOf(1), text('hold one'), 20)
    journal.hold(idOf(2), text('hold two'), 20)
    const second = journal.settle(idOf(2), text('settle two'))
    const first = journal.settle(idOf(1), text(''))
    expect(first).toBeGreaterThan(second)
    expect(journal.take(10)).toEqual([
      { id: idOf(2), hold: text('hold two'), settle: text('settle two'), position: second },
      { id: idOf(1), hold: text('hold one'), settle: text(''), position: first },
    ])
    expect(journal.openHolds()).toBe(0)
  })

  test('after a restart the settled, the open and the notes are all there', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const journal = await openSmall(dir, { epoch })
    journal.hold(idOf(1), text('hold one'), 20)
    journal.hold(idOf(2), text('hold two'), 20)
    const note = journal.note(idOf(9), text('a note'))
    const position = journal.settle(idOf(1), text('settle one'))
    await journal.close()
    const found = await recoverOnly(dir)
    expect(found.epoch).toBe(epoch)
    expect(found.settled).toEqual([{ id: idOf(1), hold: text('hold one'), settle: text('settle one'), position }])
    expect(found.unresolved.map(({ id, hold }) => ({ id, hold }))).toEqual([{ id: idOf(2), hold: text('hold two') }])
    expect(found.notes).toEqual([{ id: idOf(9), note: text('a note'), position: note }])
    expect(found).toMatchObject({ orphaned: [], damage: [], tornBytes: 0 })
    await removeOnly(dir)
    expect(fs.readdirSync(dir)).toEqual([])
  })

  test('the buffers handed in may be reused at once', async () => {
    const journal = await openSmall(makeFolder())
    const [id, payload] = [idOf(1), text('first')]
    journal.hold(id, payload, 5)
    payload.write('other')
    journal.settle(id, payload)
    id.fill(0)
    payload.fill(0)
    expect(journal.take(1)).toMatchObject([{ id: idOf(1), hold: text('first'), settle: text('other') }])
  })

  test('positions grow with every record, over segments too', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    let last = 0
    for (let number = 0; number < 100; number += 1) {
      journal.hold(idOf(number), Buffer.alloc(100), 100)
      const position = journal.settle(idOf(number), Buffer.alloc(50))
      expect(position).toBeGreaterThan(last)
      last = position
    }
    expect(segmentFiles(dir).length).toBeGreaterThan(3)
  })

  test('settlements that memory does not keep are read from the files', async () => {
    const journal = await openSmall(makeFolder(), { memoryBytesMax: 1000 })
    fill(journal, 0, 60)
    expect(journal.stats()).toMatchObject({ undrained: 60, undrainedMemoryBytes: 932 })
    const taken = journal.take(100)
    expect(taken.map((record) => record.id)).toEqual(Array.from({ length: 60 }, (_, number) => idOf(number)))
    expect(taken[50]).toMatchObject({ hold: Buffer.alloc(200, 50), settle: Buffer.alloc(200, 51) })
  })
})

describe('draining', () => {
  test('take answers the same until it is told what was drained', async () => {
    const journal = await openSmall(makeFolder())
    fill(journal, 0, 5)
    const first = journal.take(2)
    expect(journal.take(2)).toEqual(first)
    await journal.drained(first[1]?.position ?? 0)
    expect(journal.take(10).map((record) => record.id)).toEqual([idOf(2), idOf(3), idOf(4)])
  })

  test('a segment stays while a hold in it is open, and while its settlement is not drained', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    journal.hold(idOf(1000), text('long call'), 50)
    fill(journal, 0, 30)
    const files = segmentFiles(dir)
    await journal.drained(journal.take(100).at(-1)?.position ?? 0)
    expect(segmentFiles(dir)).toEqual(files)
    const end = journal.settle(idOf(1000), text('at last'))
    await journal.drained(journal.stats().drainedTo)
    expect(segmentFiles(dir)).toEqual(files)
    await journal.drained(end)
    expect(segmentFiles(dir)).toEqual(files.slice(-1))
  })

  test('a segment that answers an older open hold does not go before that hold', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    journal.hold(idOf(1000), text('stays open'), 50)
    journal.hold(idOf(1001), text('settled in a later segment'), 50)
    fill(journal, 0, 15)
    journal.settle(idOf(1001), text('here'))
    fill(journal, 15, 30)
    await journal.drained(journal.take(100).at(-1)?.position ?? 0)
    await journal.close()
    const found = await recoverOnly(dir)
    expect(found.unresolved.map((hold) => hold.id)).toEqual([idOf(1000)])
  })

  test('one long call does not keep everything behind it on disk', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir, { maxBytes: 64 * 1024 })
    journal.hold(idOf(100_000), text('long call'), 50)
    for (let number = 0; number < 1000; number += 1) {
      fill(journal, number, number + 1)
      if (number % 10 === 0) await journal.drained(journal.take(100).at(-1)?.position ?? 0)
      expect(journal.bytes()).toBeLessThanOrEqual(64 * 1024)
    }
    const kept = await recoverAll(dir)
    expect(kept[0]?.unresolved).toMatchObject([{ id: idOf(100_000), hold: text('long call') }])
    const end = journal.settle(idOf(100_000), text('done'))
    expect(journal.take(100).at(-1)).toEqual({ id: idOf(100_000), hold: text('long call'), settle: text('done'), position: end })
    await journal.drained(end)
    expect(segmentFiles(dir)).toHaveLength(1)
  })

  test('a journal with nothing left to do leaves nothing behind when closed', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    fill(journal, 0, 30)
    await journal.drained(journal.take(100).at(-1)?.position ?? 0)
    await journal.close()
    expect(fs.readdirSync(dir)).toEqual([])
  })

  test('a note not drained past survives a clean close', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    journal.note(idOf(1), text('remember'))
    await journal.close()
    expect((await recoverOnly(dir)).notes).toMatchObject([{ id: idOf(1), note: text('remember') }])
  })
})

describe('misuse is told', () => {
  test('a settlement without an open hold, a second one, and a second hold of one id', async () => {
    const journal = await openSmall(makeFolder())
    expect(() => journal.settle(idOf(1), text(''))).toThrow('no hold of this id is open')
    journal.hold(idOf(1), text(''), 10)
    expect(() => journal.hold(idOf(1), text(''), 10)).toThrow('open already')
    journal.settle(idOf(1), text(''))
    expect(() => journal.settle(idOf(1), text(''))).toThrow('no hold of this id is open')
  })

  test('ids and payloads of a wrong size, and positions not yet written', async () => {
    const journal = await openSmall(makeFolder())
    expect(() => journal.hold(Buffer.alloc(15), text(''), 10)).toThrow(RangeError)
    expect(() => journal.hold(idOf(1), Buffer.alloc(65_537), 10)).toThrow(RangeError)
    expect(() => journal.hold(idOf(1), text(''), -1)).toThrow(RangeError)
    await expect(journal.drained(2 ** 40)).rejects.toThrow(RangeError)
    await expect(journal.durable(2 ** 40)).rejects.toThrow(RangeError)
    expect(journal.stats()).toMatchObject({ openHolds: 0, reservedBytes: 0 })
  })

  test('an epoch is used once, a closed journal no more', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const journal = await openSmall(dir, { epoch })
    await expect(openSmall(dir, { epoch })).rejects.toThrow('EEXIST')
    await journal.close()
    expect(() => journal.hold(idOf(1), text(''), 1)).toThrow('closed')
  })

  test('options that cannot work', async () => {
    const dir = makeFolder()
    await expect(openSmall(dir, { epoch: '../elsewhere' })).rejects.toThrow('UUID')
    await expect(openSmall(dir, { segmentBytes: 100 })).rejects.toThrow('segmentBytes')
    await expect(openSmall(dir, { maxBytes: 10_000 })).rejects.toThrow('maxBytes')
  })
})

describe('any course of events', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('hold' as const), bytes: fc.nat(1500), reserve: fc.nat(1500) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(), bytes: fc.nat(1500) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('note' as const), bytes: fc.nat(300) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), count: fc.nat(12) }) },
  )
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  /** The ten-line reference: which calls are open, which are settled and not drained. */
  type Model = { open: { id: Buffer; reserve: number }[]; settled: Buffer[] }

  async function run(journal: Journal, model: Model, step: Step, number: number): Promise<void> {
    if (step.do === 'hold') {
      journal.hold(idOf(number), Buffer.alloc(step.bytes, number), step.reserve)
      model.open.push({ id: idOf(number), reserve: step.reserve })
    } else if (step.do === 'note') {
      journal.note(idOf(number), Buffer.alloc(step.bytes))
    } else if (step.do === 'drain') {
      const taken = journal.take(step.count)
      expect(taken.map((record) => record.id)).toEqual(model.settled.slice(0, step.count))
      model.settled.splice(0, taken.length)
      if (taken.length > 0) await journal.drained(taken.at(-1)?.position ?? 0)
    } else {
      const [hold] = model.open.length > 0 ? model.open.splice(step.which % model.open.length, 1) : []
      if (hold === undefined) return
      journal.settle(hold.id, Buffer.alloc(Math.min(step.bytes, hold.reserve), 7))
      model.settled.push(hold.id)
    }
  }

  test('keeps room for every open hold, stays within its bound, and is recovered exactly', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150 }), async (steps) => {
      const dir = makeFolder()
      const journal = await openSmall(dir, { maxBytes: 48 * 1024, memoryBytesMax: 4000 })
      try {
        const model: Model = { open: [], settled: [] }
        for (const [number, step] of steps.entries()) {
          await run(journal, model, step, number).catch((error: unknown) => {
            if (!(error instanceof JournalFull)) throw error
          })
          // Waits for a removal that may be under way.
          await journal.drained(0)
          const sizes = segmentFiles(dir).map((file) => fs.statSync(file).size)
          const { writtenTo, reservedBytes } = journal.stats()
          expect((sizes.at(-1) ?? 0) - (writtenTo % 2 ** 32)).toBeGreaterThanOrEqual(reservedBytes)
          expect(journal.bytes()).toBe(sizes.reduce((sum, size) => sum + size, 0))
          expect(journal.bytes()).toBeLessThanOrEqual(48 * 1024)
        }
        const { drainedTo } = journal.stats()
        const [found] = await recoverAll(dir)
        const undrained = found?.settled.filter((record) => record.position > drainedTo)
        expect(undrained?.map((record) => record.id)).toEqual(model.settled)
        expect(found?.unresolved.map((hold) => hold.id.toString('hex')).toSorted()).toEqual(
          model.open.map((hold) => hold.id.toString('hex')).toSorted(),
        )
        expect(found).toMatchObject({ orphaned: [], damage: [], tornBytes: 0 })
        for (const { id } of model.open) journal.settle(id, Buffer.alloc(0))
        await journal.drained(journal.take(1000).at(-1)?.position ?? 0)
        expect(journal.refusal()).toBeUndefined()
      } finally {
        await journal.close()
      }
    })
    await fc.assert(property, { numRuns: 60, interruptAfterTimeLimit: 40_000 })
  })
})
