import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, listProcessesIn, readCommandLine } from '../process/process-info.ts'

const FAST_MS = 10_000
const IMMEDIATE_MS = 5_000

/** What PostgreSQL writes about itself into its folder (postmaster.pid): its process and how far its start has come. */
export type PostmasterFile = { pid: number; status: string }

/** Reads postmaster.pid (line 1 is the process, line 8 the status, as PostgreSQL's pidfile.h lays down); null when there is none. */
export function readPostmasterFile(folder: string): PostmasterFile | null {
  const path = join(folder, 'postmaster.pid')
  if (!existsSync(path)) return null
  const lines = readFileSync(path, 'utf8').split('\n')
  const pid = Number(lines[0])
  return Number.isInteger(pid) && pid > 0 ? { pid, status: lines[7]?.trim() ?? '' } : null
}

/**
 * Stops a PostgreSQL that outlived the program which started it (kill -9). The caller holds the folder's lock, so nobody
 * uses it. A note left by a process that is long gone and whose number now belongs to another program is removed,
 * since PostgreSQL itself would refuse to start over it.
 * @throws when it does not end
 */
export async function stopOrphan(folder: string, log: (line: string) => void): Promise<void> {
  const left = readPostmasterFile(folder)
  if (left === null || left.pid === process.pid || !isRunning(left.pid)) return
  if (!isPostgresOf(left.pid, folder)) {
    if (listProcessesIn(realpathSync(folder)).length === 0) rmSync(join(folder, 'postmaster.pid'), { force: true })
    return
  }
  log(`stopping the PostgreSQL that an earlier run left behind (process ${left.pid})`)
  if (await endProcess(left.pid)) return
  throw new Error(`PostgreSQL process ${left.pid} still works on ${folder} and cannot be stopped; stop it and start again`)
}

/** Fast shutdown (connections cut, everything written), then immediate (recovers at the next start). */
async function endProcess(pid: number): Promise<boolean> {
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_MS],
    ['SIGQUIT', IMMEDIATE_MS],
  ] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return !isRunning(pid)
    }
    const deadline = Date.now() + waitMs
    while (Date.now() < deadline) {
      if (!isRunning(pid)) return true
      await sleep(50)
    }
  }
  return false
}

function isPostgresOf(pid: number, folder: string): boolean {
  const words = readCommandLine(pid)
  const named = words[words.indexOf('-D') + 1]
  if (!words[0]?.includes('postgres') || named === undefined) return false
  return named === folder || (existsSync(named) && realpathSync(named) === realpathSync(folder))
}
