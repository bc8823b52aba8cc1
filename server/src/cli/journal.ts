import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../platform/config.ts'
import { inspectJournal } from '../platform/journal/inspect.ts'

/** Lists every record of every journal under a folder: what it is and how large, never what it holds. */
export async function inspectJournals([folder]: string[]): Promise<number> {
  const root = folder ?? join(readConfig().dataDir, 'journal')
  if (!existsSync(root)) throw new Error(`There is no journal at ${root}`)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.journal'))
    .sort()
  for (const file of files) {
    process.stdout.write(`${file}\n`)
    for await (const record of inspectJournal(join(root, file)))
      process.stdout.write(
        `  ${JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : Buffer.isBuffer(value) ? value.toString('hex') : value))}\n`,
      )
  }
  process.stdout.write(`${files.length} file(s)\n`)
  return 0
}
