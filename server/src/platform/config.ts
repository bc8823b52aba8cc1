import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { providerNames } from '@llm-manager/contract/common'
import * as z from 'zod/mini'
import { parseKeys } from './vault/keyring.ts'
import { Secret } from './secret.ts'

const Port = z.coerce.number().check(z.int(), z.minimum(0), z.maximum(65535))
const Text = z.string().check(z.minLength(1))
const Url = z.url()
const baseUrlNames = providerNames.map((name) => `PROVIDER_BASE_URL_${name.toUpperCase()}` as const)

const Environment = z.object({
  API_PORT: z._default(Port, 4000),
  CONSOLE_PORT: z._default(Port, 3000),
  HOST: z._default(Text, '127.0.0.1'),
  DATA_DIR: z._default(Text, './data'),
  DATABASE_URL: z.optional(z.url({ protocol: /^postgres(ql)?$/ })),
  ENCRYPTION_KEY: z.optional(z.string()),
  JWT_SECRET_KEY: z.optional(z.string()),
  ADMIN_EMAIL: z.optional(z.email()),
  ADMIN_PASSWORD: z.optional(z.string().check(z.minLength(12))),
  PUBLIC_URL: z.optional(Url),
  TRUSTED_PROXIES: z._default(z.string(), ''),
  EGRESS_ALLOW: z._default(z.string(), ''),
  GATEWAY_WORKERS: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(64)), 1),
  JOURNAL_SYNC: z._default(z.enum(['group', 'always']), 'group'),
  /** In MiB, for each process that takes calls. */
  JOURNAL_MAX_MB: z._default(z.coerce.number().check(z.int(), z.minimum(64), z.maximum(65_536)), 512),
  METRICS_TOKEN: z.optional(z.string().check(z.minLength(16))),
  LOG_LEVEL: z._default(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info'),
})

/** What the operator set, read once. Secrets print as `[secret]`. */
export type Config = {
  apiPort: number
  consolePort: number
  host: string
  dataDir: string
  databaseUrl: Secret | null
  encryptionKey: Secret
  jwtSecretKey: Secret
  admin: { email: string; password: Secret } | null
  publicUrl: string | null
  trustedProxies: string[]
  egressAllow: string[]
  baseUrls: Partial<Record<(typeof providerNames)[number], string>>
  /** 1: everything in one process. */
  gatewayWorkers: number
  journalSync: 'group' | 'always'
  journalBytesMax: number
  metricsToken: Secret | null
  logLevel: string
  /** Names of the secrets that were generated into the data folder by this start. */
  generated: string[]
}

/** Everything wrong with the environment, at once; values are never repeated. */
export class ConfigRefused extends Error {
  constructor(problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigRefused'
  }
}

/** Reads and checks the environment. On the embedded database, missing secrets are generated once into the data folder. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = []
  const parsed = z.safeParse(Environment, env)
  if (!parsed.success) for (const issue of parsed.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`)
  const baseUrls: Config['baseUrls'] = {}
  for (const [index, variable] of baseUrlNames.entries()) {
    const value = env[variable]
    if (value && !/^https?:\/\/[^\s]+$/.test(value)) problems.push(`${variable}: not an http(s) address`)
    else if (value) baseUrls[providerNames[index]!] = value.replace(/\/+$/, '')
  }
  if (Boolean(env.ADMIN_EMAIL) !== Boolean(env.ADMIN_PASSWORD)) problems.push('ADMIN_EMAIL and ADMIN_PASSWORD go together')
  if (!parsed.success) {
    problems.push(...problemsOfSecrets(env.ENCRYPTION_KEY, env.JWT_SECRET_KEY))
    throw new ConfigRefused(problems)
  }
  const values = parsed.data
  const dataDir = resolve(values.DATA_DIR)
  const secrets = readSecrets(values.DATABASE_URL === undefined, dataDir, values.ENCRYPTION_KEY, values.JWT_SECRET_KEY, problems)
  if (problems.length > 0) throw new ConfigRefused(problems)
  return {
    apiPort: values.API_PORT,
    consolePort: values.CONSOLE_PORT,
    host: values.HOST,
    dataDir,
    databaseUrl: values.DATABASE_URL ? Secret.of(values.DATABASE_URL) : null,
    encryptionKey: Secret.of(secrets.encryptionKey),
    jwtSecretKey: Secret.of(secrets.jwtSecretKey),
    admin: values.ADMIN_EMAIL && values.ADMIN_PASSWORD ? { email: values.ADMIN_EMAIL, password: Secret.of(values.ADMIN_PASSWORD) } : null,
    publicUrl: values.PUBLIC_URL ?? null,
    trustedProxies: listed(values.TRUSTED_PROXIES),
    egressAllow: listed(values.EGRESS_ALLOW),
    baseUrls,
    gatewayWorkers: values.GATEWAY_WORKERS,
    journalSync: values.JOURNAL_SYNC,
    journalBytesMax: values.JOURNAL_MAX_MB * 1024 ** 2,
    metricsToken: values.METRICS_TOKEN ? Secret.of(values.METRICS_TOKEN) : null,
    logLevel: values.LOG_LEVEL,
    generated: secrets.generated,
  }
}

/** Where the data folder is, and whether a database is named or lies there: known without a whole configuration, and nothing is made. */
export function peekConfig(env: Record<string, string | undefined> = process.env): { dataDir: string; isInstalled: boolean } {
  const dataDir = resolve(env.DATA_DIR || './data')
  return { dataDir, isInstalled: Boolean(env.DATABASE_URL) || existsSync(join(dataDir, 'postgres')) }
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

type Secrets = { encryptionKey: string; jwtSecretKey: string; generated: string[] }

function readSecrets(
  embedded: boolean,
  dataDir: string,
  encryptionKey: string | undefined,
  jwtSecretKey: string | undefined,
  problems: string[],
): Secrets {
  const kept = embedded && (encryptionKey === undefined || jwtSecretKey === undefined) ? keptSecrets(dataDir) : { generated: [] }
  const secrets = {
    encryptionKey: encryptionKey ?? kept.encryptionKey ?? '',
    jwtSecretKey: jwtSecretKey ?? kept.jwtSecretKey ?? '',
    generated: kept.generated,
  }
  if (!embedded && encryptionKey === undefined) problems.push('ENCRYPTION_KEY: needed with DATABASE_URL')
  if (!embedded && jwtSecretKey === undefined) problems.push('JWT_SECRET_KEY: needed with DATABASE_URL')
  problems.push(...problemsOfSecrets(encryptionKey ?? kept.encryptionKey, jwtSecretKey ?? kept.jwtSecretKey))
  return secrets
}

/** What is wrong with secrets that are there. */
function problemsOfSecrets(encryptionKey: string | undefined, jwtSecretKey: string | undefined): string[] {
  const problems: string[] = []
  if (encryptionKey !== undefined) problems.push(...parseKeys(encryptionKey).problems.map((problem) => `ENCRYPTION_KEY: ${problem}`))
  if (jwtSecretKey === undefined) return problems
  if (Buffer.byteLength(jwtSecretKey) < 32) problems.push('JWT_SECRET_KEY: shorter than 32 bytes')
  else if (new Set(jwtSecretKey).size < 8) problems.push('JWT_SECRET_KEY: too few different characters')
  return problems
}

const KeptFile = z.object({ encryptionKey: z.string(), jwtSecretKey: z.string() })

type Kept = { encryptionKey?: string; jwtSecretKey?: string; generated: string[] }

/**
 * The secrets file of the data folder, made on the first start: mode 0600, in a folder of mode 0700. Whole or not at all, and on the disk
 * before anything is encrypted with it. A file that cannot be read is never replaced: the database would be lost with it.
 */
function keptSecrets(dataDir: string): Kept {
  const file = join(dataDir, 'secrets.json')
  if (existsSync(file)) return readKept(file)
  if (existsSync(join(dataDir, 'postgres')))
    throw new ConfigRefused([
      `${file} is gone, but the database it belongs to is there; restore it, or set ENCRYPTION_KEY and JWT_SECRET_KEY`,
    ])
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const made = { encryptionKey: randomBytes(32).toString('base64url'), jwtSecretKey: randomBytes(48).toString('base64url') }
  const draft = `${file}.new`
  rmSync(draft, { force: true })
  writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(draft, file)
  return { ...made, generated: ['ENCRYPTION_KEY', 'JWT_SECRET_KEY'] }
}

/** What is wrong with the file is told without what the parser says, which repeats pieces of it. */
function readKept(file: string): Kept {
  const text = readFileSync(file, 'utf8')
  try {
    return { ...KeptFile.parse(JSON.parse(text)), generated: [] }
  } catch {
    throw new ConfigRefused([`${file} cannot be read; restore it, or set ENCRYPTION_KEY and JWT_SECRET_KEY`])
  }
}
