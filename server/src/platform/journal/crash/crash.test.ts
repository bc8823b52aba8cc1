import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeFolder, recoverOnly } from '../test-kit.ts'
import { expectAllFound, startProgram } from './programs.ts'
import { readTold } from './told.ts'

for (let round = 1; round <= 10; round += 1) {
  test(`kill -9, ${round} of 10: everything acknowledged is found, once, and right`, async () => {
    const dir = makeFolder()
    const writer = startProgram('writer.ts', dir, randomUUID())
    await writer.lines(1 + round * 700 + Math.floor(Math.random() * 700))
    writer.child.kill('SIGKILL')
    const { signal, output } = await writer.ended
    expect(signal).toBe('SIGKILL')
    expectAllFound(readTold(output), await recoverOnly(dir))
  })
}
