import { readdirSync, readFileSync } from 'node:fs'

/** The kernel tells CPU time in ticks of 1/100 s (USER_HZ, the same on every Linux that Node runs on). */
const TICK_US = 10_000

type ProcessStat = { pid: number; parent: number; name: string; cpuUs: number }

/**
 * CPU time that a process and its children have used, in microseconds: user and system, threads included, and what ended
 * children had used. PostgreSQL among the children is counted apart.
 */
export function readTreeCpu(pid: number): { gatewayUs: number; databaseUs: number } {
  const children = Map.groupBy(readStats(), ({ parent }) => parent)
  const sums = { gatewayUs: 0, databaseUs: 0 }
  const add = (stat: ProcessStat, isDatabase: boolean): void => {
    const here = isDatabase || stat.name === 'postgres'
    sums[here ? 'databaseUs' : 'gatewayUs'] += stat.cpuUs
    for (const child of children.get(stat.pid) ?? []) add(child, here)
  }
  const root = readStat(pid)
  if (root !== null) add(root, false)
  return sums
}

/** CPU time of one process alone, in microseconds; 0 when it is gone. */
export function readProcessCpuUs(pid: number): number {
  return readStat(pid)?.cpuUs ?? 0
}

export function readOwnCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** CPU time that the whole machine has spent working since its start, in microseconds, all CPUs together. */
export function readBusyCpuUs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = firstLine()
  return (user + nice + system + irq + softirq) * TICK_US
}

/** CPU time that the host kept from this machine since its start, in microseconds. */
export function readStolenCpuUs(): number {
  return (firstLine()[7] ?? 0) * TICK_US
}

/** The most memory that a process has held at once, in MB; 0 when it is gone. */
export function readPeakMemoryMb(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1]
  return Math.round(Number(kilobytes ?? 0) / 1024)
}

function firstLine(): number[] {
  return read('/proc/stat').split('\n', 1)[0]!.trim().split(/\s+/).slice(1).map(Number)
}

function readStats(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null)
}

/** Fields by `man proc_pid_stat`: 4 parent, 14 utime, 15 stime, 16 and 17 the same of ended children that were waited for. */
function readStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`)
  const nameEnd = text.lastIndexOf(')')
  if (nameEnd === -1) return null
  const fields = text
    .slice(nameEnd + 2)
    .split(' ')
    .map(Number)
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0)
  return { pid, parent: fields[1] ?? 0, name: text.slice(text.indexOf('(') + 1, nameEnd), cpuUs: ticks * TICK_US }
}

/** Processes come and go while they are read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
