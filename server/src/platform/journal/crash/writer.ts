import fs from 'node:fs'
import { openJournal, type Journal } from '../journal.ts'

/**
 * Holds, settles and drains without end, and tells on its standard output each thing only after the journal acknowledged
 * it: `h <number>`, `s <number>`, and `d <number> <position>` before telling the journal that a call is in the database.
 * Usage: node writer.ts <dir> <epoch>
 */
/** The one of the test kit, which needs vitest around it. */
const database = '01900000-0000-7000-8000-00000000000d'
const [dir = '', epoch = ''] = process.argv.slice(2)
const journal = await openJournal({ dir, epoch, database, sync: 'group', segmentBytes: 16 * 1024, maxBytes: 1024 * 1024 })
const open: number[] = []
tell('ready')
for (let number = 0; ; number += 1) {
  journal.hold(idOf(number), Buffer.alloc(100 + (number % 300), number), 400)
  open.push(number)
  tell(`h ${number}`)
  while (open.length > number % 40) settleOne(journal, open)
  if (number % 500 === 499) await drainSome(journal)
  if (number % 20 === 19) await new Promise(setImmediate)
}

function settleOne(journal: Journal, open: number[]): void {
  const [number = 0] = open.splice(Math.floor(Math.random() * open.length), 1)
  journal.settle(idOf(number), Buffer.alloc(number % 400, number + 1))
  tell(`s ${number}`)
}

async function drainSome(journal: Journal): Promise<void> {
  const taken = journal.take(400)
  for (const record of taken) tell(`d ${record.id.readUInt32BE(12)} ${record.position}`)
  await journal.drained(taken.at(-1)?.position ?? 0)
}

function idOf(number: number): Buffer {
  const id = Buffer.alloc(16, 0xab)
  id.writeUInt32BE(number, 12)
  return id
}

function tell(line: string): void {
  fs.writeSync(1, `${line}\n`)
}
