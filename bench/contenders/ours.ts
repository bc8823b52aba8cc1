import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { auditOurs } from './ours-audit.ts'
import { startOurServer } from './ours-server.ts'
import type { Template } from './ours-template.ts'
import type { Contender } from './contender.ts'

/** Access keys that one run really uses; the others only have to be told apart from them. */
const KEYS_IN_USE = 256

/** @param nodeArgs put before the program, such as `--cpu-prof` */
export function makeOurs(template: Template, nodeArgs: string[]): Contender {
  return {
    name: 'ours',
    title: 'LLM Manager, everything on',
    does: `finds the access key among ${template.accessKeys.length}, checks what it may do, holds and settles a hard budget on the provider key, prices and meters the call, and writes it to a durable journal that is drained into PostgreSQL on the same core`,
    doesNot: 'nothing is switched off',
    start: async ({ mockPort, folder, logPath }) => {
      const dataDir = join(folder, 'data')
      execFileSync('cp', ['-a', template.dataDir, dataDir])
      const { program, origin } = await startOurServer('gateway', dataDir, mockPort, logPath, nodeArgs)
      return {
        pid: program.pid,
        port: Number(new URL(origin).port),
        headers: pickKeys(template.accessKeys).map((key) => [`Authorization: Bearer ${key}`]),
        audit: (driven) => auditOurs(origin, driven),
        stop: program.stop,
      }
    },
  }
}

/** Spread over all of them, in the order of their making. */
function pickKeys(keys: string[]): string[] {
  const count = Math.min(keys.length, KEYS_IN_USE)
  return Array.from({ length: count }, (_, index) => keys[Math.floor((index * keys.length) / count)]!)
}
