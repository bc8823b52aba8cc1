import { cpus, loadavg, release, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { canPin } from './programs.ts'
import { readBusyCpuUs } from './process-cpu.ts'

const GLANCE_MS = 500
const PATIENCE_MS = 15_000

export type Machine = { cpu: string; cpus: number; memoryGb: number; kernel: string; node: string; pinned: boolean; loadBefore: number }

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cpus: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    pinned: canPin(),
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** CPUs that are busy now, over half a second. The load average would still hold our own last round. */
export async function readBusyCpus(): Promise<number> {
  const [beforeUs, beforeMs] = [readBusyCpuUs(), performance.now()]
  await sleep(GLANCE_MS)
  return (readBusyCpuUs() - beforeUs) / 1000 / (performance.now() - beforeMs)
}

/** Waits up to 15 s until fewer CPUs than `most` are busy; answers how many are. */
export async function waitForQuiet(most: number): Promise<number> {
  const latest = performance.now() + PATIENCE_MS
  for (;;) {
    const busy = await readBusyCpus()
    if (busy <= most || performance.now() > latest) return busy
  }
}
