import fs from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { JournalFull } from './errors.ts'
import type { Journal } from './journal.ts'
import { idOf } from './crash/told.ts'
import { fillDisk, makeFolder, mountDisk, openSmall, recoverOnly, segmentFiles } from './test-kit.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Holds with 300 bytes each, 400 reserved, until one is refused; answers how many were taken and why it ended. */
function holdUntilFull(journal: Journal, from = 0): { count: number; reason: string } {
  for (let count = 0; ; count += 1) {
    try {
      journal.hold(idOf(from + count), Buffer.alloc(300, count), 400)
    } catch (error) {
      if (error instanceof JournalFull) return { count, reason: error.reason }
      throw error
    }
  }
}

function settleAll(journal: Journal, from: number, to: number): void {
  for (let number = from; number < to; number += 1) journal.settle(idOf(number), Buffer.alloc(400, 1))
}

/** Calls held by twenties and then settled, until a hold is refused. */
function fillBySettling(journal: Journal, from: number): { count: number; reason: string } {
  let end = from
  for (let reason = ''; ;) {
    const held = end
    try {
      for (; end < held + 20; end += 1) journal.hold(idOf(end), Buffer.alloc(300), 400)
    } catch (error) {
      reason = error instanceof JournalFull ? error.reason : String(error)
    }
    settleAll(journal, held, end)
    if (reason !== '') return { count: end - from, reason }
  }
}

async function drainAll(journal: Journal): Promise<void> {
  for (let batch = journal.take(50); batch.length > 0; batch = journal.take(50)) await journal.drained(batch.at(-1)?.position ?? 0)
}

describe('at its bound', () => {
  test('the journal refuses holds, settles all that are open, and takes holds again once drained, any number of times', async () => {
    const journal = await openSmall(makeFolder(), { maxBytes: 64 * 1024 })
    let number = 0
    for (let round = 0; round < 5; round += 1) {
      const filled = fillBySettling(journal, number)
      expect(filled).toMatchObject({ reason: 'bound' })
      expect(filled.count).toBeGreaterThan(60)
      expect(journal.bytes()).toBeLessThanOrEqual(64 * 1024)
      expect(journal.stats()).toMatchObject({ openHolds: 0, reservedBytes: 0, undrained: filled.count })
      expect(journal.refusal()).toBe('bound')
      number += filled.count
      await drainAll(journal)
      expect(journal.refusal()).toBeUndefined()
    }
  })

  test('reservations take at most a quarter of it', async () => {
    const journal = await openSmall(makeFolder(), { maxBytes: 64 * 1024 })
    expect(holdUntilFull(journal)).toEqual({ count: 37, reason: 'bound' })
    expect(journal.stats().reservedBytes).toBe(37 * 433)
    journal.settle(idOf(0), Buffer.alloc(400))
    expect(journal.refusal()).toBeUndefined()
  })

  test('a call that stays open does not stop new ones from coming once the rest is drained', async () => {
    const journal = await openSmall(makeFolder(), { maxBytes: 64 * 1024 })
    journal.hold(idOf(100_000), Buffer.alloc(300), 400)
    const { count } = fillBySettling(journal, 0)
    expect(() => {
      for (;;) journal.note(idOf(200_000), Buffer.alloc(0))
    }).toThrow(JournalFull)
    await journal.drained(journal.stats().writtenTo)
    expect(journal.refusal()).toBeUndefined()
    expect(fillBySettling(journal, count).count).toBeGreaterThan(50)
    journal.settle(idOf(100_000), Buffer.alloc(400))
  })

  test('a segment that was drained before it got its successor goes without being asked again', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    for (let number = 0; number < 6; number += 1) {
      journal.hold(idOf(number), Buffer.alloc(300), 400)
      journal.settle(idOf(number), Buffer.alloc(400))
    }
    await drainAll(journal)
    const [only = ''] = segmentFiles(dir)
    journal.hold(idOf(7), Buffer.alloc(300), 400)
    await vi.waitFor(() => expect(fs.existsSync(only)).toBe(false), { timeout: 10_000, interval: 1 })
  })

  test('a file that could not be removed is tried again when holds are refused', async () => {
    const journal = await openSmall(makeFolder(), { maxBytes: 64 * 1024 })
    fillBySettling(journal, 0)
    const remove = vi.spyOn(fs.promises, 'rm').mockRejectedValue(new Error('EBUSY'))
    await expect(drainAll(journal)).rejects.toThrow('EBUSY')
    await expect(journal.drained(journal.stats().writtenTo)).rejects.toThrow('EBUSY')
    remove.mockRestore()
    expect(() => journal.hold(idOf(9000), Buffer.alloc(300), 400)).toThrow(JournalFull)
    await vi.waitFor(() => expect(journal.refusal()).toBeUndefined(), { timeout: 10_000, interval: 1 })
  })

  test('a settlement larger than reserved is written when there is room besides, else refused and may be tried again', async () => {
    const journal = await openSmall(makeFolder(), { maxBytes: 64 * 1024 })
    journal.hold(idOf(5000), Buffer.alloc(10), 10)
    journal.settle(idOf(5000), Buffer.alloc(3000, 3))
    expect(journal.take(1)[0]?.settle).toEqual(Buffer.alloc(3000, 3))
    journal.hold(idOf(5001), Buffer.alloc(10), 10)
    const { count } = holdUntilFull(journal)
    expect(() => journal.settle(idOf(5001), Buffer.alloc(3000))).toThrow(/3000 bytes passes the 10 reserved/)
    expect(journal.openHolds()).toBe(count + 1)
    journal.settle(idOf(5001), Buffer.alloc(10))
    settleAll(journal, 0, count)
  })
})

describe('on a full disk', () => {
  const roomy = { segmentBytes: 128 * 1024, maxBytes: 64 * 1024 * 1024 }

  test('every open hold is settled in its reserved room, new holds are refused, and are taken again when space is back', async (context) => {
    const disk = mountDisk(context, '2m')
    const dir = path.join(disk, 'journal')
    const journal = await openSmall(dir, roomy)
    for (let number = 0; number < 500; number += 1) journal.hold(idOf(number), Buffer.alloc(300), 400)
    fillDisk(path.join(disk, 'filler'))
    const { count, reason } = holdUntilFull(journal, 500)
    expect({ reason, refusal: journal.refusal() }).toEqual({ reason: 'disk', refusal: 'disk' })
    settleAll(journal, 0, 500 + count)
    expect(journal.stats()).toMatchObject({ openHolds: 0, undrained: 500 + count, refused: 'disk' })
    expect(() => fs.writeFileSync(path.join(disk, 'probe'), Buffer.alloc(8192))).toThrow('ENOSPC')
    fs.rmSync(path.join(disk, 'filler'))
    expect(journal.refusal()).toBeUndefined()
    journal.hold(idOf(9000), Buffer.alloc(300), 400)
    const found = await recoverOnly(dir)
    expect(found.settled).toHaveLength(500 + count)
    expect(found.unresolved.map((hold) => hold.id)).toEqual([idOf(9000)])
    expect(found).toMatchObject({ damage: [], orphaned: [], tornBytes: 0 })
  })

  test('a segment that ends while the disk fills up hands all reservations on, or goes on itself', async (context) => {
    const disk = mountDisk(context, '4m')
    const filler = path.join(disk, 'filler')
    const outcomes = new Set<string>()
    for (let freePages = 0; freePages <= 90; freePages += 3) {
      const dir = path.join(disk, `journal-${freePages}`)
      const journal = await openSmall(dir, roomy)
      while (journal.stats().writtenTo % 2 ** 32 < 128 * 1024) journal.hold(idOf(journal.openHolds()), Buffer.alloc(300), 400)
      fillDisk(filler)
      fs.truncateSync(filler, fs.statSync(filler).size - freePages * 4096)
      const { count, reason } = holdUntilFull(journal, 1000)
      outcomes.add(`${reason}, ${journal.stats().segments} segments, ${count > 0 ? 'some' : 'no'} holds`)
      settleAll(journal, 0, journal.openHolds() - count)
      settleAll(journal, 1000, 1000 + count)
      expect((await recoverOnly(dir)).settled).toHaveLength(journal.stats().undrained)
      await journal.close()
      fs.rmSync(dir, { recursive: true })
      fs.rmSync(filler)
    }
    expect([...outcomes].toSorted()).toEqual(['disk, 1 segments, some holds', 'disk, 2 segments, some holds'])
  })

  test('a journal that filled the disk by itself settles everything and frees it by draining', async (context) => {
    const dir = path.join(mountDisk(context, '2m'), 'journal')
    const journal = await openSmall(dir, roomy)
    const { count: settled, reason } = fillBySettling(journal, 0)
    expect(reason).toBe('disk')
    expect(segmentFiles(dir).length).toBeGreaterThan(10)
    expect((await recoverOnly(dir)).settled).toHaveLength(settled)
    await drainAll(journal)
    expect(segmentFiles(dir)).toHaveLength(1)
    expect(journal.refusal()).toBeUndefined()
    expect(holdUntilFull(journal, settled).count).toBeGreaterThan(500)
  })

  test('a journal cannot start without space, and leaves no trace of the attempt', async (context) => {
    const disk = mountDisk(context, '256k')
    const dir = path.join(disk, 'journal')
    fs.mkdirSync(dir)
    fillDisk(path.join(disk, 'filler'))
    await expect(openSmall(dir)).rejects.toThrow(JournalFull)
    expect(fs.readdirSync(dir)).toEqual([])
  })
})

describe('a disk that fails', () => {
  /** Makes the nth write from now end as told, then writes as before. */
  function failWrite(nth: number, ending: 'EIO' | 'half, then EIO' | 'all, then EIO' | 'half'): void {
    const write = fs.writeSync
    let calls = 0
    vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, data: Buffer, from: number, bytes: number, position: number) => {
      calls += 1
      if (calls === nth && ending === 'all, then EIO') write(fd, data, from, bytes, position)
      else if (calls === nth && ending !== 'EIO') return write(fd, data, from, Math.ceil(bytes / 2), position)
      if (calls === nth || (calls === nth + 1 && ending === 'half, then EIO')) throw new Error('EIO: i/o error, write')
      return write(fd, data, from, bytes, position)
    }) as typeof fs.writeSync)
  }

  for (const ending of ['EIO', 'half, then EIO', 'all, then EIO'] as const) {
    test(`a hold whose write ends with "${ending}" was never there, and the next one is sound`, async () => {
      const dir = makeFolder()
      const journal = await openSmall(dir)
      journal.hold(idOf(1), Buffer.alloc(100), 100)
      failWrite(1, ending)
      expect(() => journal.hold(idOf(2), Buffer.alloc(300, 0xee), 100)).toThrow(JournalFull)
      vi.restoreAllMocks()
      const cut = await recoverOnly(dir)
      expect(cut.unresolved.map((hold) => hold.id)).toEqual([idOf(1)])
      expect(cut.tornBytes).toBe(0)
      journal.hold(idOf(3), Buffer.alloc(10), 100)
      journal.settle(idOf(1), Buffer.alloc(100))
      const found = await recoverOnly(dir)
      expect(found.settled.map((record) => record.id)).toEqual([idOf(1)])
      expect(found.unresolved.map((hold) => hold.id)).toEqual([idOf(3)])
      expect(found).toMatchObject({ damage: [], tornBytes: 0 })
    })
  }

  test('whichever write of a change of segments fails, the room of all open holds stays', async () => {
    for (let nth = 1; nth <= 6; nth += 1) {
      const dir = makeFolder()
      const journal = await openSmall(dir, { segmentBytes: 128 * 1024, maxBytes: 2 * 1024 * 1024 })
      while (journal.stats().writtenTo % 2 ** 32 < 128 * 1024) journal.hold(idOf(journal.openHolds()), Buffer.alloc(300), 400)
      failWrite(nth, 'EIO')
      const taken = holdUntilFull(journal, 1000).count
      vi.restoreAllMocks()
      const { writtenTo, reservedBytes } = journal.stats()
      expect(reservedBytes).toBeGreaterThan(128 * 1024)
      expect(fs.statSync(segmentFiles(dir).at(-1) ?? '').size - (writtenTo % 2 ** 32)).toBeGreaterThanOrEqual(reservedBytes)
      settleAll(journal, 1000, 1000 + taken)
      expect((await recoverOnly(dir)).damage).toEqual([])
    }
  })

  test('a settlement whose write fails leaves the hold open, and may be tried again', async () => {
    const journal = await openSmall(makeFolder())
    journal.hold(idOf(1), Buffer.alloc(100), 100)
    failWrite(1, 'EIO')
    expect(() => journal.settle(idOf(1), Buffer.alloc(100))).toThrow('EIO')
    expect(journal.openHolds()).toBe(1)
    vi.restoreAllMocks()
    journal.settle(idOf(1), Buffer.alloc(100, 4))
    expect(journal.take(1)).toMatchObject([{ settle: Buffer.alloc(100, 4) }])
  })

  test('a short write is finished by the next one', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    failWrite(1, 'half')
    journal.hold(idOf(1), Buffer.alloc(300, 5), 100)
    vi.restoreAllMocks()
    expect((await recoverOnly(dir)).unresolved).toMatchObject([{ hold: Buffer.alloc(300, 5) }])
  })
})
