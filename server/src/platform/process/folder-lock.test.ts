import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FolderInUseError, lockFolder } from './folder-lock.ts'
import { stampSelf, type ProcessStamp } from './process-info.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-lock-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function writeLock(change: Partial<ProcessStamp>): string {
  const path = join(folder, 'lock')
  writeFileSync(path, JSON.stringify({ ...stampSelf(), id: 'of another', ...change }))
  return path
}

test('a held folder is refused, and the message names the process that holds it', async () => {
  const unlock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`)
  await expect(lockFolder(folder)).rejects.toBeInstanceOf(FolderInUseError)
  unlock()
})

test('a folder that was given back can be taken again, and leaves nothing behind', async () => {
  const unlock = await lockFolder(folder)
  unlock()
  const again = await lockFolder(folder)
  again()
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})

test('the lock of a process that is gone is taken over', async () => {
  const gone = spawn('true')
  await once(gone, 'exit')
  writeLock({ pid: gone.pid ?? 0 })
  const unlock = await lockFolder(folder)
  unlock()
})

test('a process number that was given to another program since does not hold the folder', async () => {
  writeLock({ startedAt: 'at another time' })
  const unlock = await lockFolder(folder)
  unlock()
})

test('a lock that was cut off while being written does not close the folder for ever', async () => {
  writeFileSync(join(folder, 'lock'), '{"pid":')
  const unlock = await lockFolder(folder)
  unlock()
})

test('a silent lock from before a reboot is taken over', async () => {
  const path = writeLock({ bootId: 'an earlier boot' })
  const longAgo = new Date(Date.now() - 60_000)
  utimesSync(path, longAgo, longAgo)
  const unlock = await lockFolder(folder)
  unlock()
})

test('a lock of another container holds while it is being touched', async () => {
  const path = writeLock({ pidSpace: 'another container' })
  const almostSilent = new Date(Date.now() - 9_000)
  utimesSync(path, almostSilent, almostSilent)
  const beat = setTimeout(() => utimesSync(path, new Date(), new Date()), 200)
  await expect(lockFolder(folder)).rejects.toBeInstanceOf(FolderInUseError)
  clearTimeout(beat)
})

test('of many that find the same stale lock, exactly one takes the folder', async () => {
  writeLock({ startedAt: 'at another time' })
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
  const winners = results.filter((result) => result.status === 'fulfilled')
  expect(winners).toHaveLength(1)
  winners[0]?.value()
})
