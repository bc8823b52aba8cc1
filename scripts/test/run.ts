import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tallyReport, type Tally } from './tally.ts'

export const root = join(import.meta.dirname, '..', '..')

/** Runs a program in the root folder on this terminal. Signals end it together with us. @returns its exit code, 1 for a signal */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
  const end = (signal: NodeJS.Signals): void => {
    child.kill(signal)
    child.once('exit', () => process.exit(130))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.once('exit', (code) => {
      process.off('SIGINT', end)
      process.off('SIGTERM', end)
      resolve(code ?? 1)
    })
  })
}

/** Runs a tool that came with the dependencies; it counts as one check. @param program its path in node_modules */
export async function runTool(program: string, args: string[]): Promise<Tally> {
  return countOne(await run(process.execPath, [join(root, 'node_modules', program), ...args]))
}

/** Runs one of our own checks; it counts as one. */
export async function runOwn(script: string): Promise<Tally> {
  return countOne(await run(process.execPath, [join(root, script)]))
}

/** Runs vitest and counts its tests. @param name of the report in `.cache/test` */
export async function runVitest(name: string, args: string[]): Promise<Tally> {
  const folder = join(root, '.cache', 'test')
  const report = join(folder, `${name}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(report, { force: true })
  const code = await run(process.execPath, [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ])
  return tallyReport(report, code)
}

export function countOne(exitCode: number): Tally {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 }
}
