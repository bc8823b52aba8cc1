import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished, type TestContext } from 'vitest'
import { openJournal, type Journal, type JournalOptions } from './journal.ts'
import type { SettledRecord } from './backlog.ts'
import { database } from './crash/told.ts'
import { epochFolderAt } from './folders/epoch-folder.ts'
import type { HeldRecord } from './reading.ts'
import { recoverJournals, type RecoveredEpoch } from './recover.ts'

/** An empty folder that is gone after the test. */
export function makeFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-test-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A small journal, closed after the test if the test did not. */
export async function openSmall(dir: string, options: Partial<JournalOptions> = {}): Promise<Journal> {
  const defaults: JournalOptions = { dir, epoch: randomUUID(), database, sync: 'group', segmentBytes: 4096, maxBytes: 1024 * 1024 }
  const journal = await openJournal({ ...defaults, ...options })
  onTestFinished(() => journal.close().catch(() => undefined))
  return journal
}

/** All that recovery told of an epoch. */
export type Recovered = Omit<RecoveredEpoch, 'settled' | 'unresolved' | 'remove'> & { settled: SettledRecord[]; unresolved: HeldRecord[] }

/**
 * What would be recovered if every process that writes to `dir` died now: read from a copy that belongs to nobody, `dir`
 * stays as it is. Files in what is told of damage are those of `dir`.
 */
export async function recoverAll(dir: string): Promise<Recovered[]> {
  const copy = makeFolder()
  for (const name of fs.existsSync(dir) ? fs.readdirSync(dir) : [])
    fs.cpSync(path.join(dir, name), path.join(copy, epochFolderAt(name).epoch), { recursive: true })
  const all: Recovered[] = []
  for await (const found of recoverHere(copy)) {
    const { remove: _, ...told } = found
    const damage = told.damage.map((place) => ({ ...place, file: originalOf(place.file, dir) }))
    all.push({ ...told, damage, settled: [...found.settled(0)], unresolved: [...found.unresolved()] })
  }
  fs.rmSync(copy, { recursive: true })
  return all
}

function originalOf(file: string, dir: string): string {
  const { epoch } = epochFolderAt(path.dirname(file))
  const name = fs.readdirSync(dir).find((folder) => epochFolderAt(folder).epoch === epoch) ?? ''
  return path.join(dir, name, path.basename(file))
}

/** Recovers as a start would: takes, and lets go. Fails when a journal of another installation is there. */
export function recoverHere(dir: string): AsyncGenerator<RecoveredEpoch> {
  const onForeign = (folder: string) => {
    throw new Error(`${folder} is of another installation`)
  }
  return recoverJournals(dir, { database, onForeign })
}

/** The one epoch in `dir`, as `recoverAll` finds it. */
export async function recoverOnly(dir: string): Promise<Recovered> {
  const [only, ...others] = await recoverAll(dir)
  if (only === undefined || others.length > 0) throw new Error(`expected one epoch, found ${others.length + (only ? 1 : 0)}`)
  return only
}

/** Removes the one epoch in `dir`, as recovery does when all of it is in the database. */
export async function removeOnly(dir: string): Promise<void> {
  for await (const found of recoverHere(dir)) await found.remove()
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

/** A small disk of its own, unmounted after the test; skips the test where mounting is not allowed. */
export function mountDisk(context: TestContext, size: string): string {
  const folder = makeFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    context.skip(`no disk of its own to fill: ${error instanceof Error ? error.message.split('\n')[0] : ''}`)
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
  })
  return folder
}

/** Fills what is left of a disk to its last byte. */
export function fillDisk(file: string): void {
  const fd = fs.openSync(file, 'w')
  for (let bytes = 65_536; bytes >= 1;) {
    try {
      fs.writeSync(fd, Buffer.alloc(bytes, 0xff))
    } catch {
      bytes = Math.floor(bytes / 2)
    }
  }
  fs.closeSync(fd)
}
