import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isReady } from '../contenders/bare.ts'
import type { Contender, RunningContender } from '../contenders/contender.ts'
import type { LoadOrder, LoadResult, MockStats } from '../load/messages.ts'
import { SHAPES, type Shape, type ShapeName } from '../load/shapes.ts'
import { waitForQuiet } from './machine.ts'
import type { Options } from './options.ts'
import { readPeakMemoryMb, readStolenCpuUs, readTreeCpu } from './process-cpu.ts'
import { startProgram, type Program } from './programs.ts'
import { concludeSlot, type Measured, type SlotResult } from './slot-result.ts'

const LOAD = join(import.meta.dirname, '..', 'load')
const LOG_TAIL = 2_000
/** Beyond the window: the last answers, and a machine that is slow to answer us. */
const PATIENCE_MS = 60_000

/** Runs one contender under one shape of traffic, everything started afresh and stopped again. Throws when it cannot be run. */
export async function runSlot(
  contender: Contender,
  shape: ShapeName,
  round: number,
  options: Options,
  runFolder: string,
): Promise<SlotResult> {
  const folder = join(runFolder, `${round}-${shape}-${contender.name}`)
  mkdirSync(folder, { mode: 0o700 })
  const started: { stop: () => Promise<void> }[] = []
  const start = (file: string, args: string[]): Program => {
    const program = startProgram('load', [join(LOAD, file), ...args], {}, join(folder, `${file}.log`))
    started.push(program)
    return program
  }
  try {
    const busyCpusBefore = await waitForQuiet(options.maxBusyCpus)
    const mock = start('mock.ts', [shape])
    const { port: mockPort } = await mock.hear(isReady)
    const logPath = join(folder, `${contender.name}.log`)
    const gateway = await contender.start({ mockPort, folder, logPath })
    started.push(gateway)
    const generator = start('generator.ts', [])
    await generator.hear((message): message is { type: 'ready' } => isOfType(message, 'ready'))
    const driven = await drive(gateway, generator, mock, SHAPES[shape], options)
    const isClean = driven.broken.length === 0 && driven.load.total.failed === 0
    const log = isClean ? '' : readFileSync(logPath, 'utf8').slice(-LOG_TAIL)
    return concludeSlot(round, shape, contender.name, { ...driven, busyCpusBefore, log }, options)
  } finally {
    for (const one of started.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The load itself, and after it the contender's books. */
async function drive(
  gateway: RunningContender,
  generator: Program,
  mock: Program,
  shape: Shape,
  { warmUpMs, windowMs }: Options,
): Promise<Omit<Measured, 'busyCpusBefore' | 'log'>> {
  const { port, headers, pid } = gateway
  const order: LoadOrder = {
    shape: shape.name,
    port,
    headers,
    warmUpMs,
    windowMs: windowMs * shape.windowFactor,
    gatewayPid: pid,
    mockPid: mock.pid,
  }
  const [before, stolenBeforeUs] = [readTreeCpu(pid), readStolenCpuUs()]
  mock.child.send('begin')
  generator.child.send(order)
  const isResult = (message: unknown): message is LoadResult => isOfType(message, 'result')
  const load = await generator.hear(isResult, order.warmUpMs + order.windowMs + PATIENCE_MS)
  mock.child.send('stats')
  const mockStats = await mock.hear((message): message is MockStats => isOfType(message, 'stats'))
  const audit = await gateway.audit?.({ shape, calls: load.total.ok })
  const after = readTreeCpu(pid)
  return {
    load,
    mock: mockStats,
    whole: { gatewayUs: after.gatewayUs - before.gatewayUs, databaseUs: after.databaseUs - before.databaseUs },
    peakMemoryMb: readPeakMemoryMb(pid),
    stolenMs: (readStolenCpuUs() - stolenBeforeUs) / 1000,
    auditMs: audit?.waitedMs ?? null,
    broken: audit?.problems ?? [],
  }
}

function isOfType(message: unknown, type: string): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type
}
