import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspectJournal, type Inspected } from './inspect.ts'
import { recoverJournals } from './recover.ts'
import { encodeRecord, encodeSegmentHeader, seedOfSegment } from './disk/format.ts'
import { database, idOf } from './crash/told.ts'
import { makeFolder, openSmall, recoverAll, recoverHere, recoverOnly, removeOnly, segmentFiles } from './test-kit.ts'

const text = (value: string) => Buffer.from(value)

/** A dead epoch: ids 0 to count-1 held and settled, `count` held only. Answers its only segment file. */
async function makeDeadEpoch(dir: string, count: number, epoch: string = randomUUID()): Promise<string> {
  const journal = await openSmall(dir, { epoch, segmentBytes: 65_536 })
  for (let number = 0; number < count; number += 1) {
    journal.hold(idOf(number), text(`hold ${number}`), 100)
    journal.settle(idOf(number), text(`settle ${number}`))
  }
  journal.hold(idOf(count), text('open to the end'), 100)
  await journal.close()
  return path.join(dir, epoch, '00000001.journal')
}

async function inspect(file: string): Promise<Inspected[]> {
  const lines: Inspected[] = []
  for await (const line of inspectJournal(file)) lines.push(line)
  return lines
}

/** Offsets of the records in a file. */
async function recordsIn(file: string): Promise<{ offset: number; bytes: number; kind: string }[]> {
  return (await inspect(file)).filter((line) => line.what === 'record')
}

const numbers = (records: { id: Buffer }[]) => records.map((record) => record.id.readUInt32BE(12))

describe('a write that was cut off', () => {
  for (const behind of ['the end of the file', 'zeros', 'garbage'] as const) {
    test(`is cut away and nothing else, at every byte of the last record, with ${behind} behind`, async () => {
      const dir = makeFolder()
      const file = await makeDeadEpoch(dir, 3)
      const whole = fs.readFileSync(file)
      const last = (await recordsIn(file)).at(-1)
      if (last === undefined) throw new Error('no record')
      for (let kept = 0; kept < last.bytes; kept += 1) {
        const cut = Buffer.from(whole)
        const at = last.offset + kept
        cut.fill(behind === 'garbage' ? 0xa5 : 0, at)
        fs.writeFileSync(file, behind === 'the end of the file' ? whole.subarray(0, at) : cut)
        const found = await recoverOnly(dir)
        expect(numbers(found.settled)).toEqual([0, 1, 2])
        expect(found).toMatchObject({ unresolved: [], orphaned: [], damage: [] })
        if (behind === 'the end of the file') expect(found.tornBytes).toBeLessThanOrEqual(kept)
      }
    })
  }

  test('of a settlement leaves its hold unresolved, whatever the payloads', async () => {
    const call = fc.tuple(fc.uint8Array({ maxLength: 90 }), fc.uint8Array({ minLength: 1, maxLength: 90 }))
    const payloads = fc.array(call, { minLength: 1, maxLength: 4 })
    const property = fc.asyncProperty(payloads, fc.nat(), async (calls, where) => {
      const dir = makeFolder()
      const journal = await openSmall(dir)
      for (const [number, [hold, settle]] of calls.entries()) {
        journal.hold(idOf(number), Buffer.from(hold), 100)
        journal.settle(idOf(number), Buffer.from(settle))
      }
      await journal.close()
      const file = segmentFiles(dir)[0] ?? ''
      const whole = fs.readFileSync(file)
      const last = (await recordsIn(file)).at(-1) ?? { offset: 0, bytes: 1 }
      fs.truncateSync(file, last.offset + (where % last.bytes))
      const found = await recoverOnly(dir)
      expect(numbers(found.settled)).toEqual(calls.slice(1).map((_, number) => number))
      expect(numbers(found.unresolved)).toEqual([calls.length - 1])
      expect(found).toMatchObject({ damage: [], orphaned: [] })
      fs.writeFileSync(file, whole)
      expect((await recoverOnly(dir)).settled).toHaveLength(calls.length)
    })
    await fc.assert(property, { numRuns: 40 })
  })

  test('of a segment that was only being made is no damage', async () => {
    const dir = makeFolder()
    const file = await makeDeadEpoch(dir, 2)
    for (const started of [Buffer.alloc(0), fs.readFileSync(file).subarray(0, 40), Buffer.alloc(5000)]) {
      fs.writeFileSync(path.join(path.dirname(file), '00000002.journal'), started)
      const found = await recoverOnly(dir)
      expect(numbers(found.settled)).toEqual([0, 1])
      expect(found).toMatchObject({ damage: [] })
    }
  })
})

describe('damage in the middle', () => {
  test('is told, and what lies behind it is still found', async () => {
    const dir = makeFolder()
    const file = await makeDeadEpoch(dir, 6)
    const records = await recordsIn(file)
    const whole = fs.readFileSync(file)
    // Records 4 and 5 are hold 2 and settle 2; each of their bytes flipped, one at a time.
    const [hold, settle] = [records[4], records[5]]
    if (hold === undefined || settle === undefined) throw new Error('no record')
    for (let at = hold.offset; at < settle.offset + settle.bytes; at += 1) {
      const broken = Buffer.from(whole)
      broken[at] = (broken[at] ?? 0) ^ 0x41
      fs.writeFileSync(file, broken)
      const found = await recoverOnly(dir)
      const hit = at < settle.offset ? hold : settle
      expect(found.damage).toEqual([{ file, reason: 'bytes', from: hit.offset, to: hit.offset + hit.bytes }])
      expect(numbers(found.settled)).toEqual([0, 1, 3, 4, 5])
      expect(numbers(found.orphaned)).toEqual(hit === hold ? [2] : [])
      expect(numbers(found.unresolved)).toEqual(hit === settle ? [2, 6] : [6])
    }
  })

  test('of one bit anywhere costs at most the record it is in, and is told of', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    for (let number = 0; number < 60; number += 1) {
      journal.hold(idOf(number), Buffer.alloc(150, number), 150)
      journal.settle(idOf(number), Buffer.alloc(150, number + 1))
    }
    journal.hold(idOf(60), text('open'), 10)
    await journal.close()
    const files = segmentFiles(dir)
    expect(files.length).toBeGreaterThan(4)
    const property = fc.asyncProperty(fc.nat(files.length - 1), fc.nat(), fc.nat(7), async (which, where, bit) => {
      const file = files[which] ?? ''
      const whole = fs.readFileSync(file)
      const broken = Buffer.from(whole)
      const at = where % broken.length
      broken[at] = (broken[at] ?? 0) ^ (1 << bit)
      fs.writeFileSync(file, broken)
      const found = await recoverOnly(dir)
      fs.writeFileSync(file, whole)
      const isLastRecord = found.tornBytes > 0
      expect(found.damage.map((damage) => damage.file)).toEqual(isLastRecord ? [] : [file])
      const seen = new Set([...numbers(found.settled), ...numbers(found.orphaned), ...numbers(found.unresolved)])
      expect(seen.size).toBe(isLastRecord ? 60 : 61)
      expect(found.settled.length).toBeGreaterThanOrEqual(59)
      for (const record of found.settled) expect(record.settle[0]).toBe(record.id.readUInt32BE(12) + 1)
    })
    await fc.assert(property, { numRuns: 100 })
  })

  test('a block of zeros, as a lost write leaves it, is damage and not the end', async () => {
    const dir = makeFolder()
    const file = await makeDeadEpoch(dir, 6)
    const records = await recordsIn(file)
    const broken = fs.readFileSync(file)
    broken.fill(0, records[2]?.offset, records[8]?.offset)
    fs.writeFileSync(file, broken)
    const found = await recoverOnly(dir)
    expect(found.damage).toEqual([{ file, reason: 'bytes', from: records[2]?.offset, to: records[8]?.offset }])
    expect(numbers(found.settled)).toEqual([0, 4, 5])
  })

  test('a record inside a payload is never taken for one, not even when what surrounds it is damaged', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const journal = await openSmall(dir, { epoch })
    const forged = Buffer.alloc(60)
    encodeRecord(forged, { kind: 'hold', id: idOf(666), link: 0, payload: text('forged') }, seedOfSegment(epoch, 1), 64)
    journal.hold(idOf(1), forged, 10)
    journal.hold(idOf(2), text('true'), 10)
    await journal.close()
    const file = segmentFiles(dir)[0] ?? ''
    const broken = fs.readFileSync(file)
    broken[64] = (broken[64] ?? 0) ^ 1
    fs.writeFileSync(file, broken)
    const found = await recoverOnly(dir)
    expect(numbers(found.unresolved)).toEqual([2])
    expect(found.damage).toHaveLength(1)
  })

  test('records of another epoch or segment are none, even at their old place', async () => {
    const [here, there] = [makeFolder(), makeFolder()]
    const file = await makeDeadEpoch(here, 3)
    const other = await makeDeadEpoch(there, 3)
    fs.writeFileSync(file, Buffer.concat([fs.readFileSync(file).subarray(0, 64), fs.readFileSync(other).subarray(64)]))
    expect(await recoverOnly(here)).toMatchObject({ settled: [], unresolved: [], orphaned: [] })
    fs.renameSync(other, path.join(path.dirname(other), '00000002.journal'))
    const renamed = fs.readFileSync(segmentFiles(there)[0] ?? '')
    fs.writeFileSync(segmentFiles(there)[0] ?? '', renamed.fill(0, 0, 64))
    expect(await recoverOnly(there)).toMatchObject({ settled: [], unresolved: [], orphaned: [] })
  })

  test('a broken header is told, and costs no record', async () => {
    const dir = makeFolder()
    const file = await makeDeadEpoch(dir, 3)
    const broken = fs.readFileSync(file)
    broken.fill(0xff, 0, 64)
    fs.writeFileSync(file, broken)
    const found = await recoverOnly(dir)
    expect(found.damage).toEqual([{ file, reason: 'header', from: 0, to: 64 }])
    expect(numbers(found.settled)).toEqual([0, 1, 2])
  })

  test('a segment that is missing between others, or cut short, is told', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    for (let number = 0; number < 40; number += 1) {
      journal.hold(idOf(number), Buffer.alloc(200), 200)
      journal.settle(idOf(number), Buffer.alloc(200))
    }
    await journal.close()
    const files = segmentFiles(dir)
    const [first = '', second = '', third = ''] = files
    fs.truncateSync(first, fs.statSync(first).size - 1)
    fs.rmSync(second)
    const found = await recoverOnly(dir)
    expect(found.damage).toMatchObject([
      { file: first, reason: 'bytes' },
      { file: third, reason: 'missing', from: 2, to: 3 },
    ])
    expect(found.settled.length).toBeGreaterThan(15)
  })
})

describe('dead epochs', () => {
  test('are each read and removed by themselves; the living one is left alone', async () => {
    const dir = makeFolder()
    const [first, second, living] = ['0190', '0191', '0192'].map((start) => `${start}${randomUUID().slice(4)}`)
    await makeDeadEpoch(dir, 1, first)
    await makeDeadEpoch(dir, 2, second)
    const journal = await openSmall(dir, { epoch: living })
    journal.hold(idOf(77), text('alive'), 10)
    fs.mkdirSync(path.join(dir, 'lost+found'))
    const found: unknown[] = []
    for await (const epoch of recoverHere(dir)) {
      found.push([epoch.epoch, numbers([...epoch.settled(0)]), numbers([...epoch.unresolved()])])
      if (epoch.epoch === first) await epoch.remove()
    }
    expect(found).toEqual([
      [first, [0], [1]],
      [second, [0, 1], [2]],
    ])
    expect(fs.readdirSync(dir)).toEqual([second, expect.stringContaining(`${living}@`), 'lost+found'])
    journal.settle(idOf(77), text('well'))
  })

  test('a folder that is not there has none', async () => {
    expect(await recoverAll(path.join(makeFolder(), 'never made'))).toEqual([])
  })

  test('an epoch that died before its first segment can be removed', async () => {
    const dir = makeFolder()
    fs.mkdirSync(path.join(dir, randomUUID()))
    const found = await recoverOnly(dir)
    expect(found).toMatchObject({ settled: [], unresolved: [], damage: [] })
    await removeOnly(dir)
    expect(fs.readdirSync(dir)).toEqual([])
  })
})

describe('journals and their installation', () => {
  /** Recovers for the installation of the test kit; answers the epochs it got, and what it was told of others. */
  async function recoverTelling(dir: string): Promise<{ got: string[]; foreign: string[][] }> {
    const told = { got: [] as string[], foreign: [] as string[][] }
    const onForeign = (folder: string, itsDatabase: string) => void told.foreign.push([folder, itsDatabase])
    for await (const { epoch } of recoverJournals(dir, { database, onForeign })) told.got.push(epoch)
    return told
  }

  test('a journal of another one is left as it is, and told of by its folder and its installation', async () => {
    const dir = makeFolder()
    const [ours, theirs, other] = [randomUUID(), randomUUID(), randomUUID()]
    await makeDeadEpoch(dir, 1, ours)
    const journal = await openSmall(dir, { epoch: theirs, database: other })
    journal.hold(idOf(1), text('of theirs'), 10)
    await journal.close()
    const folder = path.join(dir, theirs)
    const before = fs.readFileSync(path.join(folder, '00000001.journal'))
    expect(await recoverTelling(dir)).toEqual({ got: [ours], foreign: [[folder, other]] })
    expect(fs.readFileSync(path.join(folder, '00000001.journal')).equals(before)).toBe(true)
  })

  test('one that does not say, as older versions wrote it, is ours', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const file = await makeDeadEpoch(dir, 2, epoch)
    const old = encodeSegmentHeader({ epoch, segment: 1, madeAtMs: 0, database: undefined })
    fs.writeFileSync(file, Buffer.concat([old, fs.readFileSync(file).subarray(64)]))
    expect(await recoverTelling(dir)).toEqual({ got: [epoch], foreign: [] })
    expect(await recoverOnly(dir)).toMatchObject({ database: undefined, damage: [] })
  })

  test('every segment says it, so that the first may be lost', async () => {
    const dir = makeFolder()
    const other = randomUUID()
    const journal = await openSmall(dir, { database: other })
    for (let number = 0; number < 40; number += 1) journal.hold(idOf(number), Buffer.alloc(200), 10)
    await journal.close()
    const [first = '', second = ''] = segmentFiles(dir)
    fs.rmSync(first)
    expect((await recoverTelling(dir)).foreign).toEqual([[path.dirname(second), other]])
    fs.writeFileSync(second, fs.readFileSync(second).fill(0xff, 0, 64))
    expect((await recoverTelling(dir)).foreign).toEqual([[path.dirname(second), other]])
  })
})

describe('inspection', () => {
  test('shows a segment line by line, and how much of it is room', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const journal = await openSmall(dir, { epoch, now: () => Date.UTC(2026, 10, 22) })
    journal.hold(idOf(1), text('h'), 10)
    journal.settle(idOf(1), text('sett'))
    const id = 'abababab-abab-abab-abab-abab00000001'
    const at = 2 ** 32
    const lines = await inspect(segmentFiles(dir)[0] ?? '')
    expect(lines).toEqual([
      { what: 'header', epoch, segment: 1, madeAt: new Date('2026-11-22T00:00:00Z'), database, sound: true },
      { what: 'record', kind: 'hold', id, offset: 64, bytes: 34, position: at + 98, link: 0, payload: text('h') },
      { what: 'record', kind: 'settle', id, offset: 98, bytes: 37, position: at + 135, link: at + 98, payload: text('sett') },
      { what: 'end', records: 2, usedBytes: 135, fileBytes: 64 + 4096 },
    ])
  })

  test('shows damage where it is', async () => {
    const file = await makeDeadEpoch(makeFolder(), 2)
    const records = await recordsIn(file)
    const broken = fs.readFileSync(file)
    broken[records[1]?.offset ?? 0] = 0xee
    fs.writeFileSync(file, Buffer.concat([broken, text('torn')]))
    const lines = await inspect(file)
    expect(lines.filter((line) => line.what === 'damage' || line.what === 'torn')).toEqual([
      { what: 'damage', from: records[1]?.offset, to: records[2]?.offset },
      { what: 'torn', from: broken.length, to: broken.length + 4 },
    ])
  })
})
