import type { Contender } from '../contenders/contender.ts'
import type { Options } from '../harness/options.ts'
import type { Machine } from '../harness/machine.ts'
import type { Rounds } from '../harness/rounds.ts'
import { SHAPES, type ShapeName } from '../load/shapes.ts'
import { figuresOf, ratioOf, type Figures, type Ratio } from './stats.ts'

export type Report = {
  at: string
  commit: string
  machine: Machine
  options: Options
  contenders: Pick<Contender, 'name' | 'title' | 'does' | 'doesNot'>[]
  rounds: Rounds
}

/** What may be busy besides on a machine that is called quiet. */
const QUIET_CPUS = 0.5

/** The run as text: what stood against what, a table and ratios for each shape, what was discarded, and how to read it. */
export function writeMarkdown(report: Report): string {
  const { contenders, options, rounds } = report
  const titles = contenders.map(
    ({ name, title, does, doesNot }) => `- **${name}**: ${title}. In this run it ${does}. What it did not do: ${doesNot}.`,
  )
  return [
    '# Gateway CPU time, side by side',
    describeRun(report),
    ...titles,
    '',
    ...options.shapes.flatMap((shape) => describeShape(shape, report)),
    ...describeDiscarded(rounds),
    'Figures in µs belong to this machine; quote the ratios. Requests per second are not published: on a shared machine they say little.',
    '',
  ].join('\n')
}

/** Everything that was measured, as lines of JSON: first the run, then each slot, then each slot that could not be run. */
export function writeRaw({ rounds, options, ...about }: Report): string {
  const run = { ...about, options: { ...options, outDir: undefined }, isCutShort: rounds.isCutShort }
  return [run, ...rounds.slots, ...rounds.errors].map((line) => `${JSON.stringify(line)}\n`).join('')
}

function describeRun({ at, commit, machine, options }: Report): string {
  const { cpu, cpus, memoryGb, kernel, node, pinned, loadBefore } = machine
  const place = pinned ? 'gateway alone on CPU 0, generator and mock on CPU 1' : 'NOT PINNED: no taskset here, or a single CPU'
  const kind = { full: 'Full run', quick: 'QUICK run, not to be quoted', check: 'CHECK, figures mean nothing' }[options.mode]
  const { maxBusyCpus, maxLagMs } = options
  const threshold = Number.isFinite(maxBusyCpus)
    ? `a slot counts only if others kept at most ${maxBusyCpus} CPUs busy and the load side was never late by more than ${maxLagMs} ms`
    : 'whatever else ran'
  const isBusy = maxBusyCpus > QUIET_CPUS && options.mode !== 'check'
  return [
    '',
    `${kind}, ${at}, at ${commit}. ${cpus} × ${cpu}, ${memoryGb} GiB, Linux ${kernel}, Node ${node} for all; load average ${loadBefore.toFixed(2)} before; ${place}.`,
    `${options.rounds} interleaved rounds in random order, a fresh process for each contender and round, ${options.warmUpMs / 1000} s warm-up, windows of ${options.windowMs / 1000} s; ${threshold}.`,
    ...(isBusy ? ['', '**Busy machine**: the thresholds were raised, since other programs shared the CPUs. The ratios are rough.'] : []),
    '',
  ].join('\n')
}

function describeShape(shape: ShapeName, { contenders, rounds }: Report): string[] {
  const { title, unit } = SHAPES[shape]
  const figures = contenders.map(({ name }) => figuresOf(rounds.slots, shape, name)).filter((one) => one !== null)
  const ratios = [
    ratioOf(rounds.slots, shape, 'ours', 'portkey'),
    ratioOf(rounds.slots, shape, 'ours', 'bare'),
    ratioOf(rounds.slots, shape, 'portkey', 'bare'),
  ]
  const lost = unit === 'frame' ? ' lost frames |' : ''
  return [
    `## ${shape}: ${title}`,
    '',
    `| contender | CPU-µs per ${unit}: min | median | spread | rounds (discarded) | PostgreSQL | whole, to complete books | these within ms | ${unit === 'frame' ? 'frame delay' : 'answer'} p50 ms | busy: gateway / load side | peak MB | same bytes down / up |${lost}`,
    `| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |${lost && ' --: |'}`,
    ...figures.map((one) => describeFigures(one, unit)),
    '',
    ...ratios.filter((one) => one !== null).map(describeRatio),
    '',
  ]
}

function describeFigures(figures: Figures, unit: 'response' | 'frame'): string {
  const { contender, rounds, discarded, cpuUs, databaseCpuUs, wholeCpuUs, wholeDatabaseCpuUs } = figures
  const spread = `${Math.round(((cpuUs.max - cpuUs.min) / cpuUs.min) * 100)} %`
  const database = databaseCpuUs > 0 ? databaseCpuUs.toFixed(1) : '–'
  const whole = `${wholeCpuUs.toFixed(1)}${wholeDatabaseCpuUs > 0 ? ` + ${wholeDatabaseCpuUs.toFixed(1)}` : ''}`
  const same = `${percent(figures.identical)} / ${percent(figures.identicalUpstream)}`
  const busy = `${percent(figures.gatewayCpus)} / ${percent(figures.loadSideCpus)}`
  const cells = [
    contender,
    `**${cpuUs.min.toFixed(1)}**`,
    cpuUs.median.toFixed(1),
    spread,
    `${rounds} (${discarded})`,
    database,
    whole,
    figures.auditMs ?? '–',
    figures.p50Ms.toFixed(2),
    busy,
    figures.peakMemoryMb,
    same,
  ]
  return `| ${[...cells, ...(unit === 'frame' ? [figures.lostFrames] : [])].join(' | ')} |`
}

function describeRatio({ of, to, least, paired, pairedWithDatabase, rounds }: Ratio): string {
  const database = pairedWithDatabase === paired ? '' : `; ${pairedWithDatabase.toFixed(3)}× with its PostgreSQL`
  return `- **${of} / ${to}: ${least.toFixed(3)}×** (least to least); ${paired.toFixed(3)}× (median of ${rounds} rounds, each against itself)${database}`
}

function describeDiscarded({ slots, errors }: Rounds): string[] {
  const discarded = slots.filter((slot) => slot.discarded.length > 0)
  const lines = [
    ...discarded.map(({ round, shape, contender, discarded: why }) => `- round ${round}, ${shape}, ${contender}: ${why.join('; ')}`),
    ...errors.map(
      ({ round, shape, contender, message }) => `- round ${round}, ${shape}, ${contender}: did not run: ${message.split('\n', 1)[0]}`,
    ),
  ]
  return lines.length === 0 ? ['No slot was discarded.', ''] : ['## Discarded', '', ...lines, '']
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`
}
