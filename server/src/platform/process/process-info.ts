import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** What tells one process from another that later got the same id: its start, the boot it belongs to, and where its id counts. */
export type ProcessStamp = { pid: number; startedAt: string | null; bootId: string | null; pidSpace: string }

/** The stamp of this very process. */
export function stampSelf(): ProcessStamp {
  return stampOf(process.pid)
}

/** The stamp of whatever process has this id here now; its start is null when there is none. */
export function stampOf(pid: number): ProcessStamp {
  return { pid, startedAt: readStart(pid), bootId: readBootId(), pidSpace: readPidSpace() }
}

/**
 * Whether the stamped process still runs. `unknown` when its id belongs to another machine or container,
 * where the id says nothing here.
 */
export function judgeStamp(stamp: ProcessStamp): 'alive' | 'gone' | 'unknown' {
  if (stamp.pidSpace !== readPidSpace() || stamp.bootId !== readBootId()) return 'unknown'
  if (!isRunning(stamp.pid)) return 'gone'
  return stamp.startedAt === readStart(stamp.pid) ? 'alive' : 'gone'
}

/** Whether a process with this id exists and is not merely waiting to be collected by its parent. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return readStatFields(pid)?.[0] !== 'Z'
}

/** The command line of a process, words apart; empty where the system does not tell. */
export function readCommandLine(pid: number): string[] {
  const fromProc = readText(`/proc/${pid}/cmdline`)
  if (fromProc !== null) return fromProc.split('\0').filter((word) => word !== '')
  if (process.platform === 'linux' || process.platform === 'win32') return []
  return askPs(pid, 'command=')?.split(/\s+/) ?? []
}

/** Ids of the running processes whose working directory is `directory` (Linux; elsewhere none are known). */
export function listProcessesIn(directory: string): number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => readLink(`/proc/${pid}/cwd`) === directory && isRunning(pid))
}

function readStart(pid: number): string | null {
  if (process.platform === 'linux') return readStatFields(pid)?.[19] ?? null
  if (process.platform === 'win32') return null
  return askPs(pid, 'lstart=')
}

/** Fields of /proc/<pid>/stat from the third on (state is the first); the name before them may hold spaces and brackets. */
function readStatFields(pid: number): string[] | null {
  const text = readText(`/proc/${pid}/stat`)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function readBootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? null
}

function readPidSpace(): string {
  return readLink('/proc/self/ns/pid') ?? hostname()
}

function askPs(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
