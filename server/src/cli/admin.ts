import { Email, NewPassword } from '@llm-manager/contract/common'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { ensureRootTenant } from '../features/tenants/tenants.ts'
import { insertPlatformAdmin } from '../features/users/identify.ts'
import { hashPassword } from '../features/users/password.ts'
import { readConfig } from '../platform/config.ts'
import { isDuplicate, unattended } from '../platform/db.ts'
import { newId } from '../platform/ids.ts'
import { withDatabase } from './database.ts'

/** Creates a platform administrator; for whoever lost the last one, or sets up without the link. */
export async function createAdmin(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { email: { type: 'string' }, name: { type: 'string' } } })
  const config = readConfig()
  const email = z.safeParse(Email, values.email ?? config.admin?.email)
  if (!email.success) throw new Error('--email must be an e-mail address')
  const password = z.safeParse(NewPassword, config.admin?.password.expose() ?? (await ask('Password (12 characters or more): ')))
  if (!password.success) throw new Error('The password must have 12 characters or more')
  return await withDatabase(config, async (db) => {
    const now = new Date()
    const root = await ensureRootTenant(db, now)
    const passwordHash = await hashPassword(password.data)
    const user = {
      id: newId(),
      tenantId: root.id,
      email: email.data,
      name: values.name ?? email.data.split('@')[0]!,
      passwordHash,
      locale: 'pt-BR' as const,
    }
    try {
      await unattended(db, (tx) => insertPlatformAdmin(tx, user, now))
    } catch (error) {
      throw isDuplicate(error) ? new Error(`There is already a user ${email.data}`, { cause: error }) : error
    }
    process.stdout.write(`Created the platform administrator ${email.data}\n`)
    return 0
  })
}

/** Asks without showing what is typed. */
async function ask(question: string): Promise<string> {
  process.stdout.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    process.stdout.write('\n')
  }
}
