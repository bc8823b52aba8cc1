import fs from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { JournalFailed } from '../errors.ts'
import { idOf } from '../crash/told.ts'
import { makeFolder, openSmall, recoverOnly, segmentFiles } from '../test-kit.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

type Callback = (error: NodeJS.ErrnoException | null) => void

/** Holds every fdatasync back until the test lets it go, with its true outcome or with an error. */
function gateSyncs() {
  const sync = fs.fdatasync
  const held: { fd: number; callback: Callback }[] = []
  let most = 0
  vi.spyOn(fs, 'fdatasync').mockImplementation((fd: number, callback: Callback) => {
    held.push({ fd, callback })
    most = Math.max(most, held.length)
  })
  async function next(): Promise<{ fd: number; callback: Callback }> {
    await vi.waitFor(() => expect(held.length).toBeGreaterThan(0), { timeout: 10_000, interval: 1 })
    const first = held.shift()
    if (first === undefined) throw new Error('no sync is waiting')
    return first
  }
  return {
    most: () => most,
    waiting: () => held.length,
    async letGo(): Promise<void> {
      const { fd, callback } = await next()
      await new Promise<void>((resolve) => sync(fd, (error) => (callback(error), resolve())))
    },
    async fail(): Promise<void> {
      ;(await next()).callback(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
    },
  }
}

describe('durable', () => {
  for (const sync of ['always', 'group'] as const) {
    test(`in "${sync}" it resolves only after a sync that began after the write, one sync at a time, in order`, async () => {
      const syncs = gateSyncs()
      const journal = await openSmall(makeFolder(), { sync })
      const resolved: string[] = []
      journal.hold(idOf(1), Buffer.alloc(10), 10)
      journal.hold(idOf(2), Buffer.alloc(10), 10)
      const covered = journal.settle(idOf(1), Buffer.alloc(10))
      const first = journal.durable(covered).then(() => resolved.push('first'))
      await vi.waitFor(() => expect(syncs.waiting()).toBe(1), { timeout: 10_000, interval: 1 })
      const second = journal.durable(journal.settle(idOf(2), Buffer.alloc(10))).then(() => resolved.push('second'))
      expect(resolved).toEqual([])
      await syncs.letGo()
      await first
      expect(resolved).toEqual(['first'])
      expect(journal.stats().durableTo).toBe(covered)
      await syncs.letGo()
      await second
      expect(resolved).toEqual(['first', 'second'])
      expect(syncs.most()).toBe(1)
      expect(journal.stats()).toMatchObject({ syncs: 2, durableTo: journal.stats().writtenTo })
    })
  }

  test('one sync covers all writes before it', async () => {
    const journal = await openSmall(makeFolder(), { sync: 'always' })
    const positions = Array.from({ length: 200 }, (_, number) => {
      journal.hold(idOf(number), Buffer.alloc(50), 50)
      return journal.settle(idOf(number), Buffer.alloc(50))
    })
    await Promise.all(positions.map((position) => journal.durable(position)))
    expect(journal.stats().syncs).toBe(1)
  })

  test('in "group" a sync comes by itself, and none when nothing was written', async () => {
    const journal = await openSmall(makeFolder())
    journal.hold(idOf(1), Buffer.alloc(10), 10)
    const { writtenTo } = journal.stats()
    await vi.waitFor(() => expect(journal.stats().durableTo).toBe(writtenTo), { timeout: 10_000, interval: 1 })
    const { syncs } = journal.stats()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(journal.stats().syncs).toBe(syncs)
  })

  test('the names of new segments are synced before what is in them counts as durable', async () => {
    const opened: string[] = []
    const open = fs.promises.open
    vi.spyOn(fs.promises, 'open').mockImplementation((...args) => {
      opened.push(String(args[0]))
      return open(...args)
    })
    const dir = makeFolder()
    const journal = await openSmall(dir)
    const folder = () => opened.filter((name) => name.startsWith(`${dir}/`)).length
    journal.hold(idOf(1), Buffer.alloc(3000), 3000)
    await journal.durable(journal.settle(idOf(1), Buffer.alloc(3000)))
    expect(folder()).toBe(1)
    journal.hold(idOf(2), Buffer.alloc(10), 10)
    await journal.durable(journal.settle(idOf(2), Buffer.alloc(10)))
    expect(journal.stats().segments).toBe(2)
    expect(folder()).toBe(2)
  })
})

describe('a hold that is copied forward', () => {
  test('stays in its old segment until the copy is durable', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir, { maxBytes: 16 * 1024 })
    journal.hold(idOf(1000), Buffer.alloc(10), 10)
    for (let number = 0; number < 20; number += 1) {
      journal.hold(idOf(number), Buffer.alloc(200), 200)
      journal.settle(idOf(number), Buffer.alloc(200))
    }
    await journal.durable(journal.stats().writtenTo)
    const [oldest = ''] = segmentFiles(dir)
    const syncs = gateSyncs()
    const drained = journal.drained(journal.stats().writtenTo)
    await vi.waitFor(() => expect(syncs.waiting()).toBe(1), { timeout: 10_000, interval: 1 })
    expect(fs.existsSync(oldest)).toBe(true)
    expect((await recoverOnly(dir)).unresolved).toMatchObject([{ id: idOf(1000) }])
    await syncs.letGo()
    await drained
    expect(fs.existsSync(oldest)).toBe(false)
    expect((await recoverOnly(dir)).unresolved).toMatchObject([{ id: idOf(1000) }])
  })
})

describe('a failed sync', () => {
  test('ends new holds for good, fails all who wait, and still lets open calls be settled', async () => {
    const syncs = gateSyncs()
    const journal = await openSmall(makeFolder(), { sync: 'always' })
    journal.hold(idOf(1), Buffer.alloc(10), 10)
    journal.hold(idOf(2), Buffer.alloc(10), 10)
    const waiting = expect(journal.durable(journal.settle(idOf(1), Buffer.alloc(10)))).rejects.toThrow(JournalFailed)
    await syncs.fail()
    await waiting
    vi.restoreAllMocks()
    expect(() => journal.hold(idOf(3), Buffer.alloc(10), 10)).toThrow(JournalFailed)
    expect(() => journal.note(idOf(3), Buffer.alloc(10))).toThrow(JournalFailed)
    expect(journal.refusal()).toBe('failed')
    const last = journal.settle(idOf(2), Buffer.alloc(10))
    await expect(journal.durable(last)).rejects.toThrow(JournalFailed)
    expect(journal.take(10)).toHaveLength(2)
    await journal.drained(last)
    expect(journal.stats()).toMatchObject({ undrained: 0, syncs: 0, refused: 'failed' })
    await expect(journal.close()).rejects.toThrow(JournalFailed)
  })
})
