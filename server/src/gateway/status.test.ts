import fs, { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { startTestApi } from '../../test/harness.ts'
import { newId } from '../platform/ids.ts'
import { openJournal, type Journal } from '../platform/journal/journal.ts'
import { journalStatus } from './status.ts'

const mebibyte = 1024 ** 2

afterEach(() => {
  vi.restoreAllMocks()
})

async function openSmall(): Promise<Journal> {
  const dir = mkdtempSync(join(tmpdir(), 'journal-status-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const journal = await openJournal({
    dir,
    epoch: newId(),
    database: newId(),
    sync: 'group',
    segmentBytes: mebibyte,
    maxBytes: 8 * mebibyte,
  })
  onTestFinished(() => journal.close().catch(() => undefined))
  return journal
}

/** Calls of 64 KiB, held and settled, until the journal is so large or takes no more. */
function fill(journal: Journal, toBytes: number): void {
  const id = Buffer.alloc(16)
  try {
    for (let number = 0; journal.bytes() < toBytes; number += 1) {
      id.writeUInt32BE(number)
      journal.hold(id, Buffer.alloc(60_000), 10)
      journal.settle(id, Buffer.alloc(10))
    }
  } catch {
    // It is full.
  }
}

test('a journal that is nearly full is told of before it takes no call, and then why it takes none, until it is drained', async () => {
  const journal = await openSmall()
  expect(journalStatus(journal)).toEqual({ problems: [], warnings: [], journalBytes: journal.bytes(), journalBoundBytes: 8 * mebibyte })
  fill(journal, 6.5 * mebibyte)
  const nearly = journalStatus(journal)
  expect(nearly).toMatchObject({ problems: [], warnings: ['the usage journal takes 7 of at most 8 MiB (JOURNAL_MAX_MB)'] })
  fill(journal, Infinity)
  expect(journalStatus(journal)).toMatchObject({
    problems: [expect.stringContaining('the usage journal has reached its bound of 8 MiB (JOURNAL_MAX_MB)')],
    warnings: [],
  })
  await journal.drained(journal.take(1000).at(-1)?.position ?? 0)
  expect(journalStatus(journal)).toMatchObject({ problems: [], warnings: [] })
})

test('a journal whose disk fails says so, and differently when it never takes a call again', async () => {
  const journal = await openSmall()
  vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  })
  fill(journal, Infinity)
  expect(journalStatus(journal).problems).toEqual([expect.stringContaining('gets no more room on its disk')])
  vi.restoreAllMocks()
  expect(journalStatus(journal).problems).toEqual([])
  vi.spyOn(fs, 'fdatasync').mockImplementation((_fd, done) => done(new Error('EIO: i/o error, fdatasync')))
  journal.note(Buffer.alloc(16), Buffer.alloc(10))
  await expect(journal.durable(journal.stats().writtenTo)).rejects.toThrow()
  expect(journalStatus(journal).problems).toEqual([expect.stringContaining('see to the disk and start again')])
})

test('machines that ask are told how full it is', async () => {
  const api = await startTestApi({ env: { JOURNAL_MAX_MB: '64' } })
  onTestFinished(() => api.close())
  const ready = await api.fetch('/readyz')
  expect({ status: ready.status, body: await ready.json() }).toEqual({
    status: 200,
    body: { status: 'ready', problems: [], warnings: [], journal: { bytes: 256 * 1024 + 64, bound_bytes: 64 * mebibyte } },
  })
  const metrics = await (await api.fetch('/metrics')).text()
  expect(metrics).toContain(`\nllm_manager_journal_bytes ${256 * 1024 + 64}\n`)
  expect(metrics).toContain(`\nllm_manager_journal_bound_bytes ${64 * mebibyte}\n`)
})
