import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Recovered } from '../test-kit.ts'
import { holdOf, numberOf, settlementOf, type Told } from './told.ts'

export type Program = {
  child: ChildProcess
  /** Resolves when it has told so many lines; rejects when it ends before. */
  lines(count: number): Promise<void>
  /** Says something on its standard input. */
  say(line: string): void
  /** All that it told, once it has ended. */
  ended: Promise<{ output: string; signal: NodeJS.Signals | null; code: number | null }>
}

/** Starts a program of this folder; it is killed after the test if it still runs. */
export function startProgram(name: string, ...args: string[]): Program {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, name), ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => undefined)
  const waiting: { count: number; resolve: () => void; reject: (error: Error) => void }[] = []
  const chunks: string[] = []
  let count = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk)
    count += chunk.split('\n').length - 1
    for (const waiter of waiting) if (count >= waiter.count) waiter.resolve()
  })
  const ended = new Promise<Awaited<Program['ended']>>((resolve) =>
    child.once('close', (code, signal) => {
      for (const { reject } of waiting) reject(new Error(`${name} ended early: ${code ?? signal}`))
      resolve({ output: chunks.join(''), signal, code })
    }),
  )
  return {
    child,
    lines: (wanted) =>
      new Promise((resolve, reject) => {
        waiting.push({ count: wanted, resolve, reject })
        if (count >= wanted) resolve()
      }),
    say: (line) => void child.stdin.write(`${line}\n`),
    ended,
  }
}

/** What a program told before its death is found: everything, once, and right; and at most the one call that it was about to tell besides. */
export function expectAllFound(told: Told, found: Recovered): void {
  expect(found).toMatchObject({ damage: [], orphaned: [] })
  const settled = found.settled.filter((record) => record.position > told.drainedTo)
  const all = [...told.drained, ...settled.map(numberOf)]
  const unresolved = found.unresolved.map(numberOf)
  const known = new Set([...all, ...unresolved])
  expect(known.size, 'nothing is there twice').toBe(all.length + unresolved.length)
  expect(
    [...told.settled].filter((number) => !all.includes(number)),
    'settlements lost',
  ).toEqual([])
  expect(
    [...told.held].filter((number) => !known.has(number)),
    'holds lost',
  ).toEqual([])
  expect([...known].filter((number) => !told.held.has(number)).length).toBeLessThanOrEqual(1)
  expect(all.filter((number) => !told.settled.has(number)).length).toBeLessThanOrEqual(1)
  for (const record of settled) {
    expect(record.hold.equals(holdOf(numberOf(record)))).toBe(true)
    expect(record.settle.equals(settlementOf(numberOf(record)))).toBe(true)
  }
  for (const record of found.unresolved) expect(record.hold.equals(holdOf(numberOf(record)))).toBe(true)
}
