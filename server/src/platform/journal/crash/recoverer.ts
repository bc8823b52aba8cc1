import { once } from 'node:events'
import { recoverJournals } from '../recover.ts'
import { dieAtStep } from './steps.ts'
import { database, numberOf, tell } from './told.ts'

/**
 * Waits for a line, then recovers every journal it gets. Tells `e <epoch>` for each, `s <number>` and `u <number>` for what
 * is in it, and `r <epoch>` when it is removed. Usage: node recoverer.ts <dir> [<step to die at> <before|after>]
 */
const [dir = '', step = '', when = ''] = process.argv.slice(2)
tell('ready')
await once(process.stdin, 'data')
dieAtStep(dir, step, when)
const onForeign = (folder: string) => tell(`foreign ${folder}`)
for await (const found of recoverJournals(dir, { database, onForeign })) {
  tell(`e ${found.epoch}`)
  for (const record of found.settled(0)) tell(`s ${numberOf(record)}`)
  for (const record of found.unresolved()) tell(`u ${numberOf(record)}`)
  await found.remove()
  tell(`r ${found.epoch}`)
}
process.stdin.destroy()
