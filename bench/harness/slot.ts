import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isReady } from '../contenders/bare.ts'
import type { Contender, ContenderName } from '../contenders/contender.ts'
import type { LoadOrder, LoadResult, MockStats } from '../load/messages.ts'
import { SHAPES, type ShapeName } from '../load/shapes.ts'
import { waitForQuiet } from './machine.ts'
import type { Options } from './options.ts'
import { readPeakMemoryMb, readStolenCpuUs, readTreeCpu } from './process-cpu.ts'
import { startProgram, type Program } from './programs.ts'

const LOAD = join(import.meta.dirname, '..', 'load')

/** One contender, one shape, one round: what came out, and why it does not count if it does not. */
export type SlotResult = {
  round: number
  shape: ShapeName
  contender: ContenderName
  /** Microseconds of CPU per unit of work in the window: the gateway, and its PostgreSQL if it has one. */
  cpuUs: number
  databaseCpuUs: number
  /** The same from the first request until its books were complete, warm-up included, by all units of work. */
  wholeCpuUs: number
  wholeDatabaseCpuUs: number
  peakMemoryMb: number
  busyCpusBefore: number
  stolenMs: number
  auditMs: number | null
  load: LoadResult
  mock: MockStats
  discarded: string[]
  /** What must never happen, whatever the machine does: wrong books, lost calls. Fails the benchmark. */
  broken: string[]
}

export async function runSlot(contender: Contender, shapeName: ShapeName, round: number, options: Options, runFolder: string): Promise<SlotResult> {
  const folder = join(runFolder, `${round}-${shapeName}-${contender.name}`)
  mkdirSync(folder, { mode: 0o700 })
  const started: { stop(): Promise<void> }[] = []
  const start = (file: string, args: string[]): Program => {
    const program = startProgram('load', [join(LOAD, file), ...args], {}, join(folder, `${file}.log`))
    started.push(program)
    return program
  }
  try {
    const busyCpusBefore = await waitForQuiet(options.maxBusyCpus)
    const mock = start('mock.ts', [shapeName])
    const { port: mockPort } = await mock.hear(isReady)
    const gateway = await contender.start({ mockPort, folder, logPath: join(folder, `${contender.name}.log`) })
    started.push(gateway)
    const generator = start('generator.ts', [])
    await generator.hear((message): message is { type: 'ready' } => isOfType(message, 'ready'))
    mock.child.send('begin')
    const [before, stolenBeforeUs] = [readTreeCpu(gateway.pid), readStolenCpuUs()]
    const order: LoadOrder = { shape: shapeName, port: gateway.port, headers: gateway.headers, warmUpMs: options.warmUpMs, windowMs: options.windowMs * SHAPES[shapeName].windowFactor, gatewayPid: gateway.pid, mockPid: mock.pid }
    generator.child.send(order)
    const load = await generator.hear((message): message is LoadResult => isOfType(message, 'result'), order.warmUpMs + order.windowMs + 60_000)
    mock.child.send('stats')
    const mockStats = await mock.hear((message): message is MockStats => isOfType(message, 'stats'))
    const audit = await gateway.audit?.({ shape: SHAPES[shapeName], calls: load.total.ok })
    const after = readTreeCpu(gateway.pid)
    const unitOf = (counts: { ok: number; frames: number }): number => (SHAPES[shapeName].unit === 'frame' ? counts.frames : counts.ok)
    const result = {
      round,
      shape: shapeName,
      contender: contender.name,
      cpuUs: load.gatewayCpuUs / unitOf(load),
      databaseCpuUs: load.databaseCpuUs / unitOf(load),
      wholeCpuUs: (after.gatewayUs - before.gatewayUs) / unitOf(load.total),
      wholeDatabaseCpuUs: (after.databaseUs - before.databaseUs) / unitOf(load.total),
      peakMemoryMb: readPeakMemoryMb(gateway.pid),
      busyCpusBefore,
      stolenMs: (readStolenCpuUs() - stolenBeforeUs) / 1000,
      auditMs: audit?.waitedMs ?? null,
      load,
      mock: mockStats,
    }
    const broken = audit?.problems ?? []
    return { ...result, discarded: whyDiscarded(result, broken, options), broken }
  } finally {
    for (const one of started.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function whyDiscarded({ load, mock, busyCpusBefore }: Omit<SlotResult, 'discarded' | 'broken'>, broken: string[], options: Options): string[] {
  const failures = Object.entries(load.failures).map(([reason, times]) => `${times} × ${reason}`)
  const lagMs = Math.round(Math.max(load.maxLagMs, mock.maxLagMs))
  return [
    ...(load.total.failed > 0 ? [`${load.total.failed} calls failed (${failures.join(', ')})`] : []),
    ...(load.total.lostFrames > 0 ? [`${load.total.lostFrames} frames lost`] : []),
    ...(mock.served !== load.total.ok + load.total.failed ? [`the upstream served ${mock.served} calls, ${load.total.ok} were answered`] : []),
    ...(busyCpusBefore > options.maxBusyCpus ? [`${busyCpusBefore.toFixed(2)} CPUs were busy before it`] : []),
    ...(load.othersCpus > options.maxBusyCpus ? [`${load.othersCpus.toFixed(2)} CPUs were busy with other things`] : []),
    ...(lagMs > options.maxLagMs ? [`generator or mock stalled for ${lagMs} ms`] : []),
    ...(load.ok === 0 ? ['nothing was answered'] : []),
    ...broken,
  ]
}

function isOfType(message: unknown, type: string): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type
}
