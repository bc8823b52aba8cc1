import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from '../process/process-info.ts'
import { DATABASE, SUPERUSER } from './cluster.ts'
import { connectionUrl } from './endpoint.ts'

/**
 * The connection string of the PostgreSQL that runs on `<dataDir>` now, started by another process; null when none does.
 * It holds the password. Lines of postmaster.pid (PostgreSQL's pidfile.h): 1 process, 4 port, 5 folder of its socket.
 */
export function findRunningPostgres(dataDir: string): string | null {
  const note = join(dataDir, 'postgres', 'postmaster.pid')
  const secret = join(dataDir, 'postgres-password')
  if (!existsSync(note) || !existsSync(secret)) return null
  const lines = readFileSync(note, 'utf8').split('\n')
  const [pid, port, folder] = [Number(lines[0]), Number(lines[3]), lines[4] ?? '']
  if (!(pid > 0) || !isRunning(pid) || !(port > 0)) return null
  const endpoint = folder === '' ? ({ kind: 'tcp', port } as const) : ({ kind: 'socket', folder, port } as const)
  return connectionUrl(endpoint, SUPERUSER, readFileSync(secret, 'utf8').trim(), DATABASE)
}
