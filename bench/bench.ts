import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bare, isReady } from './contenders/bare.ts'
import type { Contender } from './contenders/contender.ts'
import { makeOurs } from './contenders/ours.ts'
import { makeTemplate } from './contenders/ours-template.ts'
import { portkey } from './contenders/portkey.ts'
import { installContenders } from './harness/install.ts'
import { describeMachine } from './harness/machine.ts'
import { HELP, readOptions, type Options } from './harness/options.ts'
import { canPin, startProgram } from './harness/programs.ts'
import { runRounds, type Rounds } from './harness/rounds.ts'
import { writeMarkdown, writeRaw, type Report } from './report/markdown.ts'

const HERE = import.meta.dirname

/** Installs, prepares, runs the rounds, prints and keeps the results; answers the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), join(HERE, 'results'))
  if (options === null) return print(HELP)
  if (process.platform !== 'linux') throw new Error('the benchmark reads CPU time from /proc: it runs on Linux only')
  await installContenders(HERE)
  const machine = describeMachine()
  if (!canPin()) print('taskset or a second CPU is missing: nothing is pinned, figures will scatter')
  const folder = mkdtempSync(join(tmpdir(), 'llm-manager-bench-'))
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      isStopping = true
    })
  try {
    const contenders = await prepare(options, folder)
    const rounds = await runRounds(contenders, options, folder, () => isStopping, print)
    const about = contenders.map(({ name, title, does, doesNot }) => ({ name, title, does, doesNot }))
    return conclude({ at: new Date().toISOString(), commit: readCommit(), machine, options, contenders: about, rounds })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function prepare(options: Options, folder: string): Promise<Contender[]> {
  if (!options.contenders.includes('ours')) return [bare, portkey].filter(({ name }) => options.contenders.includes(name))
  print(`preparing an installation with ${options.keys} access keys`)
  const mock = startProgram('load', [join(HERE, 'load', 'mock.ts'), 'chat'], {}, join(folder, 'mock.log'))
  try {
    const { port } = await mock.hear(isReady)
    const ours = makeOurs(await makeTemplate(folder, port, options.keys, print), options.nodeArgs)
    return [bare, portkey, ours].filter(({ name }) => options.contenders.includes(name))
  } finally {
    await mock.stop()
  }
}

/** Prints the report and keeps it; 1 when something broke that no noisy machine excuses. */
function conclude(report: Report): number {
  const { rounds, options } = report
  const text = writeMarkdown(report)
  print(`\n${text}`)
  if (options.outDir !== null && !rounds.isCutShort) {
    mkdirSync(options.outDir, { recursive: true })
    writeFileSync(join(options.outDir, 'latest.md'), text)
    writeFileSync(join(options.outDir, 'latest.jsonl'), writeRaw(report).replaceAll(join(HERE, '..'), ''))
    print(`kept in ${options.outDir}`)
  }
  const problems = findBroken(rounds, options)
  for (const problem of problems) print(`BROKEN: ${problem}`)
  return problems.length > 0 || rounds.isCutShort ? 1 : 0
}

/** Wrong books of ours fail the benchmark, and so does a slot of ours that did not run or lost calls; a check lets nothing pass. */
function findBroken({ slots, errors }: Rounds, { mode }: Options): string[] {
  const where = (one: { round: number; shape: string; contender: string }): string => `round ${one.round}, ${one.shape}, ${one.contender}`
  const isHeld = (one: { contender: string }): boolean => mode === 'check' || one.contender === 'ours'
  return [
    ...slots.flatMap((slot) => slot.broken.map((problem) => `${where(slot)}: ${problem}`)),
    ...slots.filter((slot) => isHeld(slot) && slot.load.total.failed > 0).map((slot) => `${where(slot)}: ${slot.discarded.join('; ')}`),
    ...errors.filter(isHeld).map((error) => `${where(error)}: ${error.message.split('\n', 1)[0]}`),
  ]
}

function readCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: HERE,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'an unknown commit'
  }
}

function print(line: string): 0 {
  console.log(line)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
