import { createAdmin } from './cli/admin.ts'
import { lookAtBooks } from './cli/books.ts'
import { seed } from './cli/demo/demo.ts'
import { doctor } from './cli/doctor.ts'
import { adoptJournals } from './cli/journal/adopt.ts'
import { inspectJournals } from './cli/journal/inspect.ts'
import { withDatabase } from './cli/database.ts'
import { readConfig } from './platform/config.ts'

type Command = { says: string; run: (args: string[]) => Promise<number> }

const commands: Record<string, Command> = {
  migrate: { says: 'bring the database to the newest version', run: () => withDatabase(readConfig(), async () => 0) },
  'admin create': {
    says: '--email <e-mail> [--name <name>]: create a platform administrator; the password is typed; or both by ADMIN_EMAIL and ADMIN_PASSWORD',
    run: createAdmin,
  },
  'demo seed': { says: '<price file>: fill an empty installation for a demonstration', run: seed },
  doctor: { says: 'look for what is wrong: configuration, database, encryption key, journal, disk', run: doctor },
  'books check': {
    says: '[--rebuild]: do counters, ledger, figures and calls say the same? also while gateways run; makes anew what does not',
    run: lookAtBooks,
  },
  'journal inspect': {
    says: '[--dir <folder>] [<epoch> | <file>] [--records] [--json]: what is in the gateway’s journals, and whether it is sound',
    run: inspectJournals,
  },
  'journal adopt': {
    says: '<folder> [--damaged]: take in a journal rescued from another disk or machine; the next start books its calls',
    run: adoptJournals,
  },
}

/** The command line of an installation. Exit code 0 done, 1 failed, 2 not understood. */
async function main(words: string[]): Promise<number> {
  const name = Object.keys(commands).find((command) => command === words.slice(0, command.split(' ').length).join(' '))
  if (name) return await commands[name]!.run(words.slice(name.split(' ').length))
  const asked = words.length > 0 && words[0] !== 'help' && words[0] !== '--help'
  const list = Object.entries(commands).map(([command, { says }]) => `  ${command.padEnd(16)} ${says}`)
  process.stdout.write(
    `${asked ? `There is no command "${words.join(' ')}".\n\n` : ''}npm run llm-manager -- <command>\n\n${list.join('\n')}\n`,
  )
  return asked ? 2 : 0
}

// Whoever reads us may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
