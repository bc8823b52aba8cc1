import { openJournal, type Journal } from '../journal.ts'
import { database, holdOf, idOf, settlementOf, tell } from './told.ts'

/**
 * Holds, settles and drains without end, and tells each thing only after the journal acknowledged it (see `readTold`).
 * Usage: node writer.ts <dir> <epoch>
 */
const [dir = '', epoch = ''] = process.argv.slice(2)
const journal = await openJournal({ dir, epoch, database, sync: 'group', segmentBytes: 16 * 1024, maxBytes: 1024 * 1024 })
const open: number[] = []
tell('ready')
for (let number = 0; ; number += 1) {
  journal.hold(idOf(number), holdOf(number), 400)
  open.push(number)
  tell(`h ${number}`)
  while (open.length > number % 40) settleOne(journal, open)
  if (number % 500 === 499) await drainSome(journal)
  if (number % 20 === 19) await new Promise(setImmediate)
}

function settleOne(journal: Journal, open: number[]): void {
  const [number = 0] = open.splice(Math.floor(Math.random() * open.length), 1)
  journal.settle(idOf(number), settlementOf(number))
  tell(`s ${number}`)
}

async function drainSome(journal: Journal): Promise<void> {
  const taken = journal.take(400)
  for (const record of taken) tell(`d ${record.id.readUInt32BE(12)} ${record.position}`)
  await journal.drained(taken.at(-1)?.position ?? 0)
}
