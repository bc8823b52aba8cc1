import type { ContenderName } from '../contenders/contender.ts'
import type { SlotResult } from '../harness/slot-result.ts'
import type { ShapeName } from '../load/shapes.ts'

/** Figures of one contender in one shape, over the slots that count. */
export type Figures = {
  contender: ContenderName
  rounds: number
  discarded: number
  cpuUs: { min: number; median: number; max: number }
  databaseCpuUs: number
  wholeCpuUs: number
  wholeDatabaseCpuUs: number
  /** The longest that complete books were waited for after the last answer; null without books. */
  auditMs: number | null
  p50Ms: number
  /** CPUs kept busy by the gateway with its database, and by mock and generator: who was the limit. */
  gatewayCpus: number
  loadSideCpus: number
  peakMemoryMb: number
  /** Part of the answers (or frames) that came to the byte as the upstream sent them. */
  identical: number
  identicalUpstream: number
  lostFrames: number
}

/** A ratio taken inside the run: of the least figures, and the median of the ratios round by round; that one also with PostgreSQL. */
export type Ratio = { of: ContenderName; to: ContenderName; least: number; paired: number; pairedWithDatabase: number; rounds: number }

export function figuresOf(slots: SlotResult[], shape: ShapeName, contender: ContenderName): Figures | null {
  const all = slots.filter((slot) => slot.shape === shape && slot.contender === contender)
  const good = all.filter(isGood)
  if (good.length === 0) return null
  const middle = (read: (slot: SlotResult) => number): number => median(good.map(read))
  const sum = (read: (slot: SlotResult) => number): number => good.reduce((total, slot) => total + read(slot), 0)
  const cpu = good.map(({ cpuUs }) => cpuUs)
  return {
    contender,
    rounds: good.length,
    discarded: all.length - good.length,
    cpuUs: { min: Math.min(...cpu), median: median(cpu), max: Math.max(...cpu) },
    databaseCpuUs: middle((slot) => slot.databaseCpuUs),
    wholeCpuUs: middle((slot) => slot.wholeCpuUs),
    wholeDatabaseCpuUs: middle((slot) => slot.wholeDatabaseCpuUs),
    auditMs: good.some(({ auditMs }) => auditMs !== null) ? Math.max(...good.map(({ auditMs }) => auditMs ?? 0)) : null,
    p50Ms: middle((slot) => slot.load.latencyMs.p50),
    gatewayCpus: middle(({ load }) => (load.gatewayCpuUs + load.databaseCpuUs) / 1000 / load.windowMs),
    loadSideCpus: middle(({ load }) => load.loadSideCpus),
    peakMemoryMb: middle((slot) => slot.peakMemoryMb),
    identical: sum(({ load }) => load.total.identical) / sum(({ load }) => load.total.identical + load.total.altered),
    identicalUpstream: sum(({ mock }) => mock.identicalRequests) / sum(({ mock }) => mock.served),
    lostFrames: all.reduce((total, { load }) => total + load.total.lostFrames, 0),
  }
}

export function ratioOf(slots: SlotResult[], shape: ShapeName, of: ContenderName, to: ContenderName): Ratio | null {
  const [upper, lower] = [figuresOf(slots, shape, of), figuresOf(slots, shape, to)]
  const good = slots.filter((slot) => slot.shape === shape && isGood(slot))
  const pairs = good.flatMap((slot) => {
    const other = slot.contender === of ? good.find(({ round, contender }) => round === slot.round && contender === to) : undefined
    return other === undefined ? [] : [{ alone: slot.cpuUs / other.cpuUs, withDatabase: cpuWithDatabase(slot) / cpuWithDatabase(other) }]
  })
  if (upper === null || lower === null || pairs.length === 0) return null
  const paired = median(pairs.map(({ alone }) => alone))
  const pairedWithDatabase = median(pairs.map(({ withDatabase }) => withDatabase))
  return { of, to, least: upper.cpuUs.min / lower.cpuUs.min, paired, pairedWithDatabase, rounds: pairs.length }
}

function cpuWithDatabase({ cpuUs, databaseCpuUs }: SlotResult): number {
  return cpuUs + databaseCpuUs
}

function isGood({ discarded }: SlotResult): boolean {
  return discarded.length === 0
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2
}
