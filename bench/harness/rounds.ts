import { randomInt } from 'node:crypto'
import type { Contender, ContenderName } from '../contenders/contender.ts'
import { SHAPES, type ShapeName } from '../load/shapes.ts'
import type { Options } from './options.ts'
import { runSlot } from './slot.ts'
import type { SlotResult } from './slot-result.ts'

/** A slot that could not be run to its end. */
export type SlotError = { round: number; shape: ShapeName; contender: ContenderName; message: string }

export type Rounds = { slots: SlotResult[]; errors: SlotError[]; isCutShort: boolean }

/**
 * Runs every contender once a round for each shape, in an order drawn anew each time. Discarded slots are made up for by further
 * rounds, at most as many again.
 */
export async function runRounds(
  contenders: Contender[],
  options: Options,
  folder: string,
  isStopping: () => boolean,
  say: (line: string) => void,
): Promise<Rounds> {
  const done: Rounds = { slots: [], errors: [], isCutShort: false }
  for (let round = 1; round <= options.rounds * (options.mode === 'check' ? 1 : 2); round += 1) {
    const shapes =
      round <= options.rounds ? options.shapes : options.shapes.filter((shape) => isShort(done, contenders, shape, options.rounds))
    for (const shape of shapes) {
      for (const contender of shuffle(contenders)) {
        if (isStopping()) return { ...done, isCutShort: true }
        await runOne(contender, shape, round, options, folder, done, say)
      }
    }
  }
  return done
}

async function runOne(
  contender: Contender,
  shape: ShapeName,
  round: number,
  options: Options,
  folder: string,
  done: Rounds,
  say: (line: string) => void,
): Promise<void> {
  const name = `round ${round}  ${shape.padEnd(12)}${contender.name.padEnd(8)}`
  try {
    const slot = await runSlot(contender, shape, round, options, folder)
    done.slots.push(slot)
    say(`${name}${describe(slot)}`)
    if (slot.log !== '') say(`  the end of its log:\n${slot.log}`)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    done.errors.push({ round, shape, contender: contender.name, message })
    say(`${name}did not run: ${message}`)
  }
}

function describe({ shape, cpuUs, databaseCpuUs, wholeCpuUs, auditMs, load, discarded }: SlotResult): string {
  const database = databaseCpuUs > 0 ? ` + ${databaseCpuUs.toFixed(1)} PostgreSQL` : ''
  const { unit } = SHAPES[shape]
  const perSecond = Math.round(((unit === 'frame' ? load.frames : load.ok) * 1000) / load.windowMs)
  const figures = `${cpuUs.toFixed(1)} µs${database} a ${unit}, ${perSecond}/s, whole ${wholeCpuUs.toFixed(1)} µs${auditMs === null ? '' : `, books complete after ${auditMs} ms`}`
  return discarded.length === 0 ? figures : `${figures}  DISCARDED: ${discarded.join('; ')}`
}

function isShort({ slots }: Rounds, contenders: Contender[], shape: ShapeName, rounds: number): boolean {
  return contenders.some(
    ({ name }) => slots.filter((slot) => slot.shape === shape && slot.contender === name && slot.discarded.length === 0).length < rounds,
  )
}

function shuffle<T>(list: T[]): T[] {
  const left = [...list]
  return list.map(() => left.splice(randomInt(left.length), 1)[0]!)
}
