import { parseArgs } from 'node:util'
import { CONTENDER_NAMES, type ContenderName } from '../contenders/contender.ts'
import { SHAPE_NAMES, type ShapeName } from '../load/shapes.ts'

/** Full runs may be quoted, quick ones give an idea, a check only proves that everything works. */
export type Mode = 'full' | 'quick' | 'check'

export type Options = {
  mode: Mode
  rounds: number
  windowMs: number
  warmUpMs: number
  maxBusyCpus: number
  maxLagMs: number
  keys: number
  shapes: ShapeName[]
  contenders: ContenderName[]
  nodeArgs: string[]
  outDir: string | null
}

export const HELP = `npm run bench -- [options]
  --quick             2 rounds of 2 s: an idea, not to be quoted
  --check             one tiny round of everything: does it all work?
  --rounds <n>        rounds in the end (5); each has every contender once, in random order, for each shape
  --seconds <n>       length of a window (4)
  --warm-up <n>       seconds of load before it (2)
  --shapes <list>     ${SHAPE_NAMES.join(',')}
  --contenders <list> ${CONTENDER_NAMES.join(',')}
  --max-load <cpus>   a slot is discarded when other programs keep more CPUs busy than this, before or during it (0.5)
  --max-lag <ms>      … and when generator or mock came later than this to a timer of theirs (250)
  --keys <n>          access keys that ours knows (10000)
  --node-args=<args>  for the Node that runs ours, as in "--node-args=--cpu-prof --cpu-prof-dir=/tmp/profile"
  --out <folder>      where latest.jsonl and latest.md go (bench/results when the run is full and whole; else nowhere)`

const PRESETS = {
  full: { rounds: 5, seconds: 4, warmUp: 2, keys: 10_000 },
  quick: { rounds: 2, seconds: 2, warmUp: 2, keys: 1_000 },
  check: { rounds: 1, seconds: 1, warmUp: 0.5, keys: 20 },
}

/** Reads the command line; null when help was asked for. Throws with what is wrong. */
export function readOptions(args: string[], resultsDir: string): Options | null {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args,
    options: {
      help: flag,
      quick: flag,
      check: flag,
      rounds: text,
      seconds: text,
      'warm-up': text,
      shapes: text,
      contenders: text,
      'max-load': text,
      'max-lag': text,
      keys: text,
      'node-args': text,
      out: text,
    },
  })
  if (values.help) return null
  const mode: Mode = values.check ? 'check' : values.quick ? 'quick' : 'full'
  const preset = PRESETS[mode]
  const shapes = listed('shapes', values.shapes, SHAPE_NAMES)
  const contenders = listed('contenders', values.contenders, CONTENDER_NAMES)
  const rounds = number('rounds', values.rounds, preset.rounds)
  const isWhole = mode === 'full' && rounds >= 5 && shapes.length === SHAPE_NAMES.length && contenders.length === CONTENDER_NAMES.length
  return {
    mode,
    rounds,
    windowMs: number('seconds', values.seconds, preset.seconds) * 1000,
    warmUpMs: number('warm-up', values['warm-up'], preset.warmUp) * 1000,
    maxBusyCpus: mode === 'check' ? Infinity : number('max-load', values['max-load'], 0.5),
    maxLagMs: mode === 'check' ? Infinity : number('max-lag', values['max-lag'], 250),
    keys: number('keys', values.keys, preset.keys),
    shapes,
    contenders,
    nodeArgs: (values['node-args'] ?? '').split(' ').filter((word) => word !== ''),
    outDir: values.out ?? (isWhole ? resultsDir : null),
  }
}

function number(name: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given)
  if (!(value > 0)) throw new Error(`--${name}: a number above 0, not "${given}"`)
  return value
}

function listed<T extends string>(name: string, given: string | undefined, known: readonly T[]): T[] {
  const wanted = given === undefined ? [...known] : given.split(',')
  const unknown = wanted.filter((one) => !known.some((name) => name === one))
  if (unknown.length > 0) throw new Error(`--${name}: ${unknown.join(', ')} unknown; there are ${known.join(', ')}`)
  return known.filter((one) => wanted.includes(one))
}
