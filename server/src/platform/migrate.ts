import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

const folder = new URL('../../migrations/', import.meta.url)
/** Any number that nobody else locks on this database. */
const lock = 4_918_273_645

/**
 * Brings the database to the newest migration, forward only, each in a transaction of its own, one process at a time.
 * Throws when a migration fails, or when one that ran was edited since. Answers the names that ran now.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'llm-manager migrate' })
  // A connection that dies fails the query under way; without a listener it would end the process without a word.
  client.on('error', () => {})
  await client.connect().catch((cause: Error) => {
    throw new Error(`The database cannot be reached (DATABASE_URL, where it is set): ${cause.message}`, { cause })
  })
  try {
    await client.query('select pg_advisory_lock($1)', [lock])
    await client.query(
      'create table if not exists migrations (name text primary key, digest text not null, ran_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string; digest: string }>('select name, digest from migrations')
    const ran = new Map(rows.map((row) => [row.name, row.digest]))
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
    const newer = [...ran.keys()].find((name) => !files.includes(name))
    if (newer)
      throw new Error(
        `The database was migrated by a newer version of LLM Manager (${newer}); start that version or restore an older backup.`,
      )
    const now: string[] = []
    for (const name of files) if (await runOnce(client, name, ran.get(name))) now.push(name)
    return now
  } finally {
    await client.end()
  }
}

async function runOnce(client: pg.Client, name: string, ranDigest: string | undefined): Promise<boolean> {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const digest = createHash('sha256').update(text).digest('hex')
  if (ranDigest === digest) return false
  if (ranDigest) throw new Error(`Migration ${name} was edited after it ran; migrations only go forward, so put the change into a new one.`)
  try {
    await client.query('begin')
    await client.query(text)
    await client.query('insert into migrations (name, digest) values ($1, $2)', [name, digest])
    await client.query('commit')
    return true
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`Migration ${name} failed and was undone: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
