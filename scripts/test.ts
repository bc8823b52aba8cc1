import { secondsSince } from './stack/elapsed.ts'
import { chooseSteps } from './test/steps.ts'
import { addTallies, describeTally, isGood, type Tally } from './test/tally.ts'

const tallies: Tally[] = []
const failing: string[] = []
for (const { name, run } of chooseSteps(process.argv.slice(2))) {
  console.log(`\n== ${name}`)
  const startedAt = Date.now()
  const tally = await run()
  console.log(`-- ${name}: ${describeTally(tally)} (${secondsSince(startedAt)} s)`)
  if (tally.failed > 0) failing.push(name)
  tallies.push(tally)
}

const total = addTallies(tallies)
if (failing.length > 0) console.log(`\nfailed: ${failing.join(', ')}`)
process.exitCode = isGood(total) ? 0 : 1
console.log(`\n${describeTally(total)}`)
