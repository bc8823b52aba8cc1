import type { ContenderName } from '../contenders/contender.ts'
import type { LoadResult, MockStats } from '../load/messages.ts'
import { SHAPES, type ShapeName } from '../load/shapes.ts'
import type { Options } from './options.ts'

/** What was measured around one load. CPU times in microseconds, of the gateway and of its PostgreSQL if it has one. */
export type Measured = {
  load: LoadResult
  mock: MockStats
  /** From the first request until its books were complete, warm-up included. */
  whole: { gatewayUs: number; databaseUs: number }
  busyCpusBefore: number
  peakMemoryMb: number
  /** Time that the host kept from this machine. */
  stolenMs: number
  /** How long complete books were waited for after the last answer; null for who keeps none. */
  auditMs: number | null
  /** What must never happen, whatever the machine does: wrong books. Fails the benchmark. */
  broken: string[]
  /** The end of the contender's log, where calls failed or the books were wrong. */
  log: string
}

/** One contender, one shape, one round: what came out, and why it does not count if it does not. */
export type SlotResult = Measured & {
  round: number
  shape: ShapeName
  contender: ContenderName
  /** Per unit of work in the window. */
  cpuUs: number
  databaseCpuUs: number
  /** Per unit of work of the whole load. */
  wholeCpuUs: number
  wholeDatabaseCpuUs: number
  discarded: string[]
}

/** Late frames arrive together and are cheap together: streams bear less lateness of the load side. */
const STREAM_LAG_PART = 0.2

/** Divides what was measured by the work that was done, and says whether it counts. */
export function concludeSlot(round: number, shape: ShapeName, contender: ContenderName, measured: Measured, options: Options): SlotResult {
  const { load, whole } = measured
  const unitsOf = (counts: { ok: number; frames: number }): number => (SHAPES[shape].unit === 'frame' ? counts.frames : counts.ok)
  return {
    round,
    shape,
    contender,
    cpuUs: load.gatewayCpuUs / unitsOf(load),
    databaseCpuUs: load.databaseCpuUs / unitsOf(load),
    wholeCpuUs: whole.gatewayUs / unitsOf(load.total),
    wholeDatabaseCpuUs: whole.databaseUs / unitsOf(load.total),
    discarded: whyDiscarded(measured, shape, options),
    ...measured,
  }
}

function whyDiscarded({ load, mock, busyCpusBefore, broken }: Measured, shape: ShapeName, options: Options): string[] {
  const { maxBusyCpus } = options
  const maxLagMs = SHAPES[shape].unit === 'frame' ? options.maxLagMs * STREAM_LAG_PART : options.maxLagMs
  const failures = Object.entries(load.failures).map(([reason, times]) => `${times} × ${reason}`)
  const { ok, failed, lostFrames } = load.total
  const lagMs = Math.round(Math.max(load.maxLagMs, mock.maxLagMs))
  return [
    ...(failed > 0 ? [`${failed} calls failed (${failures.join(', ')})`] : []),
    ...(lostFrames > 0 ? [`${lostFrames} frames lost`] : []),
    ...(mock.served !== ok + failed ? [`the upstream served ${mock.served} calls, ${ok} were answered`] : []),
    ...(busyCpusBefore > maxBusyCpus ? [`${busyCpusBefore.toFixed(2)} CPUs were busy before it`] : []),
    ...(load.othersCpus > maxBusyCpus ? [`${load.othersCpus.toFixed(2)} CPUs were busy with other things`] : []),
    ...(lagMs > maxLagMs ? [`generator or mock stalled for ${lagMs} ms`] : []),
    ...(load.ok + load.frames === 0 ? ['nothing was answered'] : []),
    ...broken,
  ]
}
