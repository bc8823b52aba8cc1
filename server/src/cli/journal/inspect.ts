import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { peekConfig } from '../../platform/config.ts'
import { segmentNamesIn } from '../../platform/journal/disk/scan.ts'
import { listEpochFolders, type EpochFolder } from '../../platform/journal/folders/epoch-folder.ts'
import { inspectJournal } from '../../platform/journal/inspect.ts'
import { surveyEpoch } from '../../platform/journal/survey.ts'
import { describeEpoch, isWrong } from './describe.ts'
import { askKnown, drainedTo, journalDirOf, type Known } from './known.ts'
import { describeRecord, recordFacts } from './records.ts'

const usage = 'journal inspect [--dir <folder>] [<epoch, or how it begins> | <file>] [--records] [--json]'

type Asked = { dir: string; named: string | undefined; records: boolean; json: boolean }

/**
 * Tells what is in the journals: their processes, sizes, calls and damage; with `--records`, or for an epoch or file that is
 * named, every record too. Changes nothing. Exit code 0 all well, 1 something is damaged or of another database, 2 not understood.
 */
export async function inspectJournals(args: string[]): Promise<number> {
  const asked = readArgs(args)
  if (typeof asked === 'string') return refuse(asked)
  if (asked.named !== undefined && existsSync(asked.named) && statSync(asked.named).isFile())
    return await showFile(resolve(asked.named), asked)
  if (!existsSync(asked.dir)) return refuse(`there is no folder ${asked.dir}`)
  const folders = (await listEpochFolders(asked.dir)).filter(({ epoch }) => asked.named === undefined || epoch.startsWith(asked.named))
  if (asked.named !== undefined && folders.length === 0)
    return refuse(`no journal in ${asked.dir} begins with ${asked.named}, and there is no such file`)
  const known = await tellKnown(asked)
  let wrong = 0
  for (const folder of folders) if (await showEpoch(folder, known, asked)) wrong += 1
  if (!asked.json)
    say(
      folders.length === 0
        ? `no journals in ${asked.dir}`
        : `${folders.length} journal(s), ${wrong} of them damaged or of another database`,
    )
  return wrong > 0 ? 1 : 0
}

function readArgs(args: string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { dir: { type: 'string' }, records: { type: 'boolean' }, json: { type: 'boolean' } },
    })
    if (positionals.length > 1) return 'one epoch or file at a time'
    const [named] = positionals
    return {
      dir: values.dir === undefined ? journalDirOf(peekConfig().dataDir) : resolve(values.dir),
      named,
      records: values.records === true || named !== undefined,
      json: values.json === true,
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function refuse(why: string): number {
  process.stderr.write(`${why}\nnpm run llm-manager -- ${usage}\n`)
  return 2
}

async function tellKnown({ json }: Asked): Promise<Known | null> {
  const asked = await askKnown()
  if ('answer' in asked) return asked.answer
  if (!json) say(`No database can be asked (${asked.unreachable}): what is in it already, and which installation it is of, is not known.`)
  return null
}

/** Answers whether something is wrong with it. An epoch that ends while it is looked at is well. */
async function showEpoch(folder: EpochFolder, known: Known | null, { json, records }: Asked): Promise<boolean> {
  try {
    const survey = await surveyEpoch(folder, drainedTo(known, folder.epoch))
    const wrong = isWrong(survey, known)
    say(json ? jsonOf({ what: 'epoch', ...survey, wrong }) : describeEpoch(survey, known))
    if (records) for (const name of await segmentNamesIn(folder.path)) await showRecords(join(folder.path, name), json)
    if (!json) say('')
    return wrong
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

async function showFile(file: string, { json }: Asked): Promise<number> {
  return (await showRecords(file, json)) ? 1 : 0
}

/** Answers whether the file is damaged. Positions go on from file to file. */
async function showRecords(file: string, json: boolean): Promise<boolean> {
  let isDamaged = false
  for await (const found of inspectJournal(file)) {
    if (found.what === 'damage' || (found.what === 'header' && !found.sound)) isDamaged = true
    if (json) say(jsonOf(found.what === 'record' ? recordFacts(found) : { ...found, file }))
    else if (found.what === 'header')
      say(`  ${file}, made ${found.madeAt?.toISOString() ?? 'at an unknown time: its header cannot be read'}`)
    else if (found.what === 'record') say(`    ${describeRecord(found)}`)
    else if (found.what === 'end') say(`    ${found.records} record(s), ${found.usedBytes} of ${found.fileBytes} bytes used`)
    else say(`    bytes ${found.from} to ${found.to - 1}: ${found.what === 'torn' ? 'a write that was cut off' : 'DAMAGED'}`)
  }
  return isDamaged
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
