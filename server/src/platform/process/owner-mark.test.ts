import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isTouched, judgeMark, keepTouched, markSelf, pidOfMark } from './owner-mark.ts'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'owner-mark-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The mark of this process with one of its three parts changed. */
function changed(part: 0 | 1 | 2, to: string): string {
  return markSelf()
    .split('-')
    .map((text, index) => (index === part ? to : text))
    .join('-')
}

test('a mark names its process, which is alive', () => {
  expect(markSelf()).toMatch(/^\d+-[0-9a-f]{8}-[0-9a-f]{12}$/)
  expect(pidOfMark(markSelf())).toBe(process.pid)
  expect(judgeMark(markSelf())).toBe('alive')
})

test('a process that ended, and one whose number was given away since, are gone', async () => {
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(ended, 'exit')
  expect(judgeMark(changed(0, String(ended.pid)))).toBe('gone')
  expect(judgeMark(changed(1, '00000000'))).toBe('gone')
})

test('of a process of another machine, boot or container nothing is known, and text that is no mark owns nothing', () => {
  expect(judgeMark(changed(2, '000000000000'))).toBe('unknown')
  expect(judgeMark('copy')).toBe('gone')
  expect(pidOfMark('copy')).toBeUndefined()
})

test('a path that was not touched for long has no owner, one that is touched while watched has', async () => {
  const folder = makeFolder()
  const at = (secondsAgo: number) => utimesSync(folder, new Date(Date.now() - secondsAgo * 1000), new Date(Date.now() - secondsAgo * 1000))
  at(60)
  expect(await isTouched(folder)).toBe(false)
  at(9)
  const beat = setTimeout(() => at(0), 200)
  expect(await isTouched(folder)).toBe(true)
  clearTimeout(beat)
  at(9.5)
  expect(await isTouched(folder)).toBe(false)
  expect(await isTouched(join(folder, 'never made'))).toBe(false)
})

test('whoever touches a path learns once that it is gone', async () => {
  const folder = makeFolder()
  const onGone = vi.fn()
  const end = keepTouched(folder, onGone)
  rmSync(folder, { recursive: true })
  await vi.waitFor(() => expect(onGone).toHaveBeenCalledTimes(1), { timeout: 15_000, interval: 50 })
  end()
})
