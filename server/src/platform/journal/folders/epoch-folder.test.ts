import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { markSelf } from '../../process/owner-mark.ts'
import { idOf } from '../crash/told.ts'
import { JournalFailed } from '../errors.ts'
import { makeFolder, openSmall, recoverHere } from '../test-kit.ts'
import { hasLivingOwner, listEpochFolders, makeOwnFolder, releaseFolder, takeFolder, type EpochFolder } from './epoch-folder.ts'

/** The mark of this process with one of its parts (1: start, 2: place) made another's. */
function foreignMark(part: 1 | 2): string {
  return markSelf()
    .split('-')
    .map((text, index) => (index === part ? text.replaceAll(/./g, '0') : text))
    .join('-')
}

/** A folder in `dir` as the process of that mark would have it. */
function leaveFolder(dir: string, epoch: string, mark?: string): EpochFolder {
  const folder = path.join(dir, mark === undefined ? epoch : `${epoch}@${mark}`)
  fs.mkdirSync(folder)
  return { epoch, path: folder, mark }
}

function touch(folder: string, secondsAgo: number): void {
  const at = new Date(Date.now() - secondsAgo * 1000)
  fs.utimesSync(folder, at, at)
}

async function recoveredFrom(dir: string): Promise<string[]> {
  const epochs: string[] = []
  for await (const found of recoverHere(dir)) epochs.push(found.epoch)
  return epochs
}

describe('a folder of an epoch', () => {
  test('is of its process from its first moment on, and of nobody after it was let go', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const own = await makeOwnFolder(dir, epoch)
    expect(await listEpochFolders(dir)).toEqual([{ epoch, path: own, mark: markSelf() }])
    expect(await Promise.all((await listEpochFolders(dir)).map(hasLivingOwner))).toEqual([true])
    await releaseFolder(own)
    expect(await listEpochFolders(dir)).toEqual([{ epoch, path: path.join(dir, epoch), mark: undefined }])
  })

  test('of many who take it at once, one gets it', async () => {
    const found = leaveFolder(makeFolder(), randomUUID(), foreignMark(1))
    const taken = await Promise.all(Array.from({ length: 8 }, () => takeFolder(found)))
    expect(taken.filter((folder) => folder !== undefined)).toHaveLength(1)
  })

  test('other names are not looked at', async () => {
    const dir = makeFolder()
    for (const name of ['lost+found', `${randomUUID()}.adopting`, 'copy@1-2-3', randomUUID().toUpperCase()])
      fs.mkdirSync(path.join(dir, name))
    expect(await listEpochFolders(dir)).toEqual([])
  })
})

describe('recovery', () => {
  test('takes what a dead process had, also one whose number was given to another since, and what nobody has', async () => {
    const dir = makeFolder()
    const epochs = [randomUUID(), randomUUID()].toSorted()
    leaveFolder(dir, epochs[0]!, foreignMark(1))
    leaveFolder(dir, epochs[1]!)
    expect(await recoveredFrom(dir)).toEqual(epochs)
    // Let go without being removed: the next one gets them again.
    expect(fs.readdirSync(dir)).toEqual(epochs)
    expect(await recoveredFrom(dir)).toEqual(epochs)
  })

  test('does not take a copy of what a living process writes', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    const [found] = await listEpochFolders(dir)
    fs.cpSync(found!.path, path.join(dir, found!.epoch), { recursive: true })
    expect(await recoveredFrom(dir)).toEqual([])
    journal.hold(idOf(1), Buffer.alloc(10), 10)
    await journal.close()
  })

  test('lets go of a journal also when whoever recovers it fails, and when it cannot be read', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    leaveFolder(dir, epoch)
    const failing = async () => {
      for await (const _ of recoverHere(dir)) throw new Error('the database is away')
    }
    await expect(failing()).rejects.toThrow('the database is away')
    expect(fs.readdirSync(dir)).toEqual([epoch])
    fs.mkdirSync(path.join(dir, epoch, '00000001.journal'))
    await expect(recoveredFrom(dir)).rejects.toThrow('EISDIR')
    expect(fs.readdirSync(dir)).toEqual([epoch])
  })

  test('of another machine or container: takes what is silent, passes over what is touched, and watches all at once', async () => {
    const dir = makeFolder()
    const silent = leaveFolder(dir, randomUUID(), foreignMark(2))
    const living = [1, 2, 3].map(() => leaveFolder(dir, randomUUID(), foreignMark(2)))
    touch(silent.path, 60)
    for (const { path: folder } of living) touch(folder, 9)
    const beat = setInterval(() => living.forEach(({ path: folder }) => touch(folder, 0)), 100)
    expect(await recoveredFrom(dir)).toEqual([silent.epoch])
    clearInterval(beat)
  })
})

describe('a living journal', () => {
  test('whose folder was taken or removed under it takes no more holds, and still settles', async () => {
    const dir = makeFolder()
    const journal = await openSmall(dir)
    journal.hold(idOf(1), Buffer.alloc(10), 10)
    await journal.durable(journal.stats().writtenTo)
    const [found] = await listEpochFolders(dir)
    fs.renameSync(found!.path, path.join(dir, `${found!.epoch}@${foreignMark(2)}`))
    await vi.waitFor(() => expect(journal.refusal()).toBe('failed'), { timeout: 15_000, interval: 50 })
    expect(() => journal.hold(idOf(2), Buffer.alloc(10), 10)).toThrow(JournalFailed)
    journal.settle(idOf(1), Buffer.alloc(10))
    await expect(journal.durable(journal.stats().writtenTo)).rejects.toThrow(found!.path)
  })

  test('with something left in it is nobody’s once closed', async () => {
    const dir = makeFolder()
    const epoch = randomUUID()
    const journal = await openSmall(dir, { epoch })
    journal.hold(idOf(1), Buffer.alloc(10), 10)
    await expect(journal.close()).resolves.toBeUndefined()
    expect(fs.readdirSync(dir)).toEqual([epoch])
  })
})
