import fc from 'fast-check'
import { mishaps, operations, type Mishap, type Operation } from './sim/faults.ts'
import type { LimitPlan } from './world.ts'
import type { Bill, CallPlan } from './sim/calls.ts'

export type Change = 'raise' | 'lower' | 'watch' | 'enforce' | 'start over' | 'retire'

/** One step of a sequence. `of`: which process, limit or call, counted around. `answers`: how many messages arrive behind it. */
export type Command = { answers: number } & (
  | ({ do: 'call'; of: number } & CallPlan)
  | ({ do: 'settle'; of: number; call: number } & Bill)
  | { do: 'release'; of: number; call: number }
  | { do: 'wait'; ms: number }
  | { do: 'turn'; window: 'minute' | 'day'; beforeMs: number }
  | { do: 'fault'; of: number; operation: Operation; mishap: Mishap }
  | { do: 'drop'; messages: number }
  | { do: 'pause'; of: number }
  | { do: 'resume'; of: number }
  | { do: 'crash'; of: number; losesDisk: boolean }
  | { do: 'restart'; of: number; isSoon: boolean }
  | { do: 'stop'; of: number }
  | { do: 'sweep'; waitMs: number }
  | { do: 'edit'; limit: number; change: Change; by: number }
  | { do: 'correct'; event: number; by: number }
)

export type Sequence = { processes: number; batch: number; limits: LimitPlan[]; commands: Command[] }

const of = fc.constantFrom(0, 0, 0, 1, 1, 1, 2)
const answers = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.nat({ max: 4 }) },
  { weight: 1, arbitrary: fc.constant(30) },
)
const amount = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) }, { weight: 1, arbitrary: fc.nat({ max: 40 }) })

const kind = fc.constantFrom<Bill['kind'][]>('used', 'used', 'used', 'used', 'used', 'used', 'reservation', 'nothing')

function step<T extends string, R>(what: T, fields: { [K in keyof R]: fc.Arbitrary<R[K]> }) {
  return fc.record({ do: fc.constant(what), answers, ...fields }) as fc.Arbitrary<{ do: T; answers: number } & R>
}

const wait = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(30, 100, 120, 260) },
  { weight: 3, arbitrary: fc.constantFrom(600, 1_100, 1_100, 2_500, 4_500) },
  { weight: 2, arbitrary: fc.constantFrom(12_000, 65_000, 130_000) },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 26,
    arbitrary: step('call', {
      of,
      who: fc.constantFrom(0, 0, 0, 1, 1, 2),
      cost: amount,
      tokens: amount,
      model: fc.constantFrom('m', 'n'),
      isHeld: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
  },
  { weight: 14, arbitrary: step('settle', { of, call: fc.nat({ max: 5 }), cost: amount, tokens: amount, kind }) },
  { weight: 1, arbitrary: step('release', { of, call: fc.nat({ max: 2 }) }) },
  { weight: 7, arbitrary: step('wait', { ms: wait }) },
  { weight: 2, arbitrary: step('turn', { window: fc.constantFrom('minute', 'day'), beforeMs: fc.constantFrom(0, 0, 1_000) }) },
  {
    weight: 7,
    arbitrary: step('fault', {
      of,
      operation: fc.constantFrom<Operation[]>(...operations, 'drain', 'drain', 'take', 'take', 'giveBack'),
      mishap: fc.constantFrom(...mishaps),
    }),
  },
  { weight: 1, arbitrary: step('drop', { messages: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: step('pause', { of }) },
  { weight: 2, arbitrary: step('resume', { of }) },
  {
    weight: 2,
    arbitrary: step('crash', {
      of,
      losesDisk: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    }),
  },
  { weight: 3, arbitrary: step('restart', { of, isSoon: fc.boolean() }) },
  { weight: 1, arbitrary: step('stop', { of }) },
  { weight: 3, arbitrary: step('sweep', { waitMs: fc.constantFrom(0, 0, 95_000) }) },
  {
    weight: 3,
    arbitrary: step('edit', {
      limit: fc.nat({ max: 5 }),
      change: fc.constantFrom<Change[]>('raise', 'raise', 'lower', 'lower', 'watch', 'enforce', 'enforce', 'start over', 'retire'),
      by: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: step('correct', { event: fc.nat({ max: 5 }), by: fc.integer({ min: -20, max: 20 }) }) },
) as fc.Arbitrary<Command>

const limit: fc.Arbitrary<LimitPlan> = fc.record({
  subject: fc.constantFrom(6, 6, 6, 3, 3, 5, 7, 0, 0, 1, 4, 8, 2),
  metric: fc.constantFrom('cost', 'cost', 'cost', 'tokens', 'requests', 'parallel'),
  window: fc.constantFrom('total', 'total', 'total', 'minute', 'hour', 'day'),
  amount: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 5, max: 60 }) },
    { weight: 2, arbitrary: fc.integer({ min: 500, max: 20_000 }) },
    { weight: 1, arbitrary: fc.nat({ max: 4 }) },
  ),
  hard: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  onlyModel: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

/** What one run of the model plays. */
export const sequence: fc.Arbitrary<Sequence> = fc.record({
  processes: fc.constantFrom(2, 2, 2, 3),
  batch: fc.constantFrom(1, 2, 1000),
  limits: fc.array(limit, { minLength: 1, maxLength: 5, size: 'max' }),
  commands: fc.array(command, { minLength: 1, maxLength: 45, size: 'max' }),
})
