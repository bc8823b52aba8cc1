import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { openJournal, type Journal, type JournalOptions } from './journal.ts'
import { recoverJournals, type RecoveredEpoch } from './recover.ts'

/** An empty folder that is gone after the test. */
export function makeFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-test-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A small journal, closed after the test if the test did not. */
export async function openSmall(dir: string, options: Partial<JournalOptions> = {}): Promise<Journal> {
  const defaults: JournalOptions = { dir, epoch: randomUUID(), sync: 'group', segmentBytes: 4096, maxBytes: 1024 * 1024 }
  const journal = await openJournal({ ...defaults, ...options })
  onTestFinished(() => journal.close().catch(() => undefined))
  return journal
}

/** The 16 bytes of a made-up id. */
export function idOf(number: number): Buffer {
  const id = Buffer.alloc(16, 0xab)
  id.writeUInt32BE(number, 12)
  return id
}

export async function recoverAll(dir: string, exceptEpoch = ''): Promise<RecoveredEpoch[]> {
  const found: RecoveredEpoch[] = []
  for await (const epoch of recoverJournals(dir, exceptEpoch)) found.push(epoch)
  return found
}

/** The one dead epoch in `dir`. */
export async function recoverOnly(dir: string): Promise<RecoveredEpoch> {
  const [only, ...others] = await recoverAll(dir)
  if (only === undefined || others.length > 0) throw new Error(`expected one epoch, found ${others.length + (only ? 1 : 0)}`)
  return only
}

/** Paths of all segment files below `dir`, oldest first. */
export function segmentFiles(dir: string): string[] {
  const epochs = fs.readdirSync(dir).toSorted()
  return epochs.flatMap((epoch) =>
    fs
      .readdirSync(path.join(dir, epoch))
      .toSorted()
      .map((name) => path.join(dir, epoch, name)),
  )
}
