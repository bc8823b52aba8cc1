import { openJournal } from '../journal.ts'
import { dieAtStep } from './steps.ts'
import { database, holdOf, idOf, settlementOf, tell } from './told.ts'

/**
 * One fixed course of a journal that changes segments, copies a hold of a long call forward, removes segments, and closes;
 * told as `readTold` reads it. Usage: node course.ts <dir> <epoch> <step to die at> <before|half|after>
 */
const [dir = '', epoch = '', step = '', when = ''] = process.argv.slice(2)
dieAtStep(dir, step, when)
const journal = await openJournal({ dir, epoch, database, sync: 'group', segmentBytes: 4096, maxBytes: 16 * 1024 })
const longCall = 1000
hold(longCall)
for (let number = 0; number < 24; number += 1) {
  hold(number)
  if (number > 1) settle(number - 2)
  if (number === 14 || number === 21) await drain()
}
settle(longCall)
await drain()
hold(24)
await journal.close()

function hold(number: number): void {
  journal.hold(idOf(number), holdOf(number), 400)
  tell(`h ${number}`)
}

function settle(number: number): void {
  journal.settle(idOf(number), settlementOf(number))
  tell(`s ${number}`)
}

async function drain(): Promise<void> {
  const taken = journal.take(100)
  for (const record of taken) tell(`d ${record.id.readUInt32BE(12)} ${record.position}`)
  await journal.drained(taken.at(-1)?.position ?? 0)
}
