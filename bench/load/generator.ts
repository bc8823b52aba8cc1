import { setTimeout as sleep } from 'node:timers/promises'
import { readBusyCpuUs, readOwnCpuUs, readProcessCpuUs, readTreeCpu } from '../harness/process-cpu.ts'
import { watchLag } from './lag.ts'
import { newLoad, countFailure, type Load } from './load.ts'
import type { LoadOrder, LoadResult } from './messages.ts'
import { startPlainCaller } from './plain-caller.ts'
import { SHAPES } from './shapes.ts'
import { startStreamCaller } from './stream-caller.ts'

const LAST_ANSWER_MS = 15_000

type Mark = {
  ok: number
  frames: number
  latencies: number
  atMs: number
  gatewayUs: number
  databaseUs: number
  loadSideUs: number
  busyUs: number
}

/** Everything that is counted, at one moment: the two ends of the window are two of these. */
function mark({ counts, order }: Load): Mark {
  const { gatewayUs, databaseUs } = readTreeCpu(order.gatewayPid)
  return {
    ok: counts.ok,
    frames: counts.frames,
    latencies: counts.latenciesUs.length,
    atMs: performance.now(),
    gatewayUs,
    databaseUs,
    loadSideUs: readOwnCpuUs() + readProcessCpuUs(order.mockPid),
    busyUs: readBusyCpuUs(),
  }
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const shape = SHAPES[order.shape]
  const load = newLoad(shape, order)
  const lag = watchLag()
  const start = shape.unit === 'frame' ? startStreamCaller : startPlainCaller
  const callers = Array.from({ length: shape.connections }, (_, connection) => start(load, connection))
  await sleep(order.warmUpMs)
  const first = mark(load)
  lag.reset()
  await sleep(order.windowMs)
  const maxLagMs = lag.readMaxMs()
  const last = mark(load)
  load.isSending = false
  const latestMs = performance.now() + LAST_ANSWER_MS
  while (load.inFlight > 0 && performance.now() < latestMs) await sleep(5)
  for (let missing = load.inFlight; missing > 0; missing -= 1) countFailure(load, 'no answer')
  for (const caller of callers) caller.close()
  return { type: 'result', ...between(load, first, last), ...totals(load), maxLagMs: Math.round(maxLagMs) }
}

function between({ counts }: Load, first: Mark, last: Mark) {
  const windowMs = last.atMs - first.atMs
  const gatewayCpuUs = last.gatewayUs - first.gatewayUs
  const databaseCpuUs = last.databaseUs - first.databaseUs
  const loadSideUs = last.loadSideUs - first.loadSideUs
  const othersUs = last.busyUs - first.busyUs - gatewayCpuUs - databaseCpuUs - loadSideUs
  const sorted = counts.latenciesUs.slice(first.latencies, last.latencies).sort((a, b) => a - b)
  const quantile = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0) / 1000
  return {
    ok: last.ok - first.ok,
    frames: last.frames - first.frames,
    windowMs: Math.round(windowMs),
    gatewayCpuUs,
    databaseCpuUs,
    othersCpus: Math.max(0, othersUs) / 1000 / windowMs,
    loadSideCpus: loadSideUs / 1000 / windowMs,
    latencyMs: { p50: quantile(0.5), p99: quantile(0.99) },
  }
}

function totals({ counts }: Load) {
  const { ok, failed, frames, lostFrames, identical, altered } = counts
  return { total: { ok, failed, frames, lostFrames, identical, altered }, failures: Object.fromEntries(counts.failures) }
}

/** The generator: run with a message channel, takes one order, tells what it saw, ends. */
process.once('message', (order) => {
  void run(order as LoadOrder).then((result) => process.send?.(result, () => process.exit(0)))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ type: 'ready' })
