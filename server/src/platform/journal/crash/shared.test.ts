import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder, openSmall, recoverOnly } from '../test-kit.ts'
import { expectAllFound, startProgram } from './programs.ts'
import { holdOf, idOf, readTold, settlementOf } from './told.ts'

/** A journal that nobody has, with one settled call and one open. */
async function leaveJournal(dir: string, epoch: string): Promise<void> {
  const journal = await openSmall(dir, { epoch })
  journal.hold(idOf(1), holdOf(1), 400)
  journal.settle(idOf(1), settlementOf(1))
  journal.hold(idOf(2), holdOf(2), 400)
  await journal.close()
}

function epochsIn(output: string): string[] {
  return output.split('\n').flatMap((line) => (line.startsWith('e ') ? [line.slice(2)] : []))
}

test('two processes that recover at once share the dead journals between them, and pass over that of a third which writes', async () => {
  const dir = makeFolder()
  const dead = Array.from({ length: 40 }, () => randomUUID())
  for (const epoch of dead) await leaveJournal(dir, epoch)
  const living = randomUUID()
  const writer = startProgram('writer.ts', dir, living)
  await writer.lines(50)
  const recoverers = [startProgram('recoverer.ts', dir), startProgram('recoverer.ts', dir)]
  for (const recoverer of recoverers) await recoverer.lines(1)
  for (const recoverer of recoverers) recoverer.say('go')
  const got = (await Promise.all(recoverers.map((recoverer) => recoverer.ended))).map(({ output }) => epochsIn(output))
  expect(got.flat().toSorted()).toEqual(dead.toSorted())
  expect(fs.readdirSync(dir)).toEqual([expect.stringContaining(`${living}@${writer.child.pid}-`)])
  // It goes on writing, and nothing of it was touched.
  await writer.lines(5000)
  writer.child.kill('SIGKILL')
  const { output } = await writer.ended
  expectAllFound(readTold(output), await recoverOnly(dir))
})

test('of two that find a journal whose process was killed, one gets it; when that one is killed too, one of the next two', async () => {
  const dir = makeFolder()
  const epoch = randomUUID()
  const writer = startProgram('writer.ts', dir, epoch)
  await writer.lines(1000)
  writer.child.kill('SIGKILL')
  await writer.ended
  for (const step of ['remove 00000001.journal #1', 'remove own folder #1', '']) {
    const recoverers = [startProgram('recoverer.ts', dir, step, 'before'), startProgram('recoverer.ts', dir, step, 'before')]
    for (const recoverer of recoverers) await recoverer.lines(1)
    for (const recoverer of recoverers) recoverer.say('go')
    const ended = await Promise.all(recoverers.map((recoverer) => recoverer.ended))
    // Whoever looks after the first was killed is a next one already.
    const signals = ended.map(({ signal }) => signal)
    const got = ended.flatMap(({ output }) => epochsIn(output))
    if (signals.includes(null)) expect(got).toEqual([epoch])
    else expect(got).toEqual([epoch, epoch])
    expect(fs.existsSync(path.join(dir, epoch))).toBe(false)
  }
  expect(fs.readdirSync(dir)).toEqual([])
})
