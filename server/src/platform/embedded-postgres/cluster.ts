import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { postgresFailure } from './failure-cause.ts'
import type { Identity } from './identity.ts'

/** The database's files, and what is needed to run PostgreSQL on them. */
export type Cluster = { folder: string; dataDir: string; binaries: Binaries; identity: Identity; connectionsMax: number }

export const SUPERUSER = 'postgres'
export const DATABASE = 'llm_manager'

/** The environment of PostgreSQL's programs: ours holds secrets and PG* variables that must not reach them. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env
  return { PATH, SystemRoot, LC_ALL: 'C', TZ: 'UTC' }
}

/**
 * Creates the database's files unless they are there, and answers the superuser's password, which is kept in
 * `<dataDir>/postgres-password` (0600).
 * @throws when the files are of another PostgreSQL version, are something else, or cannot be written
 */
export async function prepareCluster(cluster: Cluster, log: (line: string) => void): Promise<string> {
  const { folder, dataDir, binaries } = cluster
  const found = readVersion(folder)
  const major = binaries.version.split('.')[0]
  if (found !== null && found !== major) {
    throw new Error(
      `the database in ${folder} was written by PostgreSQL ${found}, and this version brings ${major}. Go back to the version that wrote it, make a backup there and restore it here`,
    )
  }
  const path = join(dataDir, 'postgres-password')
  const known = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  if (found !== null) return known || resetPassword(cluster, path, log)
  const password = known || createPassword(path)
  await createCluster(cluster, path, log)
  return password
}

/** Major version that wrote the files; null when there are none yet. */
function readVersion(folder: string): string | null {
  const path = join(folder, 'PG_VERSION')
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty and holds no PostgreSQL database; move it away or set DATA_DIR to another folder`)
  return null
}

/** Works in a folder of another name, so that a start that was cut off never looks like a finished one. */
async function createCluster(cluster: Cluster, passwordPath: string, log: (line: string) => void): Promise<void> {
  const { folder, dataDir, binaries, identity } = cluster
  const draft = `${folder}.new`
  log('creating the database (first start)')
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  if (identity.owner !== null) chownSync(draft, identity.owner, identity.owner)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const args = ['-D', draft, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordPath}`, ...locale, '--no-instructions']
  const { code, output } = await runTool(cluster, binaries.initdb, args)
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true })
    throw postgresFailure('the database could not be created', output, dataDir)
  }
  if (existsSync(folder)) rmSync(folder, { recursive: true })
  renameSync(draft, folder)
  syncFolder(dirname(folder))
}

function createPassword(path: string): string {
  const password = randomBytes(32).toString('base64url')
  writeFileSync(path, `${password}\n`, { mode: 0o600, flush: true })
  return password
}

/** The password's file was lost: who owns the files may set a new one, in PostgreSQL's single-user mode. */
async function resetPassword(cluster: Cluster, path: string, log: (line: string) => void): Promise<string> {
  log('the database password file is missing; setting a new password')
  const password = createPassword(path)
  const input = `ALTER ROLE ${SUPERUSER} PASSWORD '${password}';\n`
  const { code, output } = await runTool(cluster, cluster.binaries.postgres, ['--single', '-D', cluster.folder, 'postgres'], input)
  if (code === 0 && !output.includes('ERROR:')) return password
  rmSync(path)
  throw postgresFailure('no new database password could be set', output, cluster.dataDir)
}

function runTool(cluster: Cluster, program: string, args: string[], input = ''): Promise<{ code: number | null; output: string }> {
  const [command, words] = cluster.identity.wrap(program, args)
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { env: cleanEnvironment(), cwd: cluster.dataDir, stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-8_192)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** Makes a rename survive a power cut. Windows cannot open folders. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
