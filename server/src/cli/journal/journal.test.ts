import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newDatabase } from '../../../test/harness.ts'
import { ensureRootTenant } from '../../features/tenants/tenants.ts'
import { bytesOfId, encodeHold, encodeSettlement, noTokens, settleBytesMax, type HoldRecord } from '../../features/usage/events.record.ts'
import { openDb } from '../../platform/db.ts'
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/embedded-postgres.ts'
import { newId } from '../../platform/ids.ts'
import { openJournal, type Journal } from '../../platform/journal/journal.ts'
import { migrate } from '../../platform/migrate.ts'

const program = join(import.meta.dirname, '..', '..', 'cli.ts')

let databaseUrl: string
let database: string
beforeAll(async () => {
  databaseUrl = await newDatabase()
  database = await rootOf(databaseUrl)
})

async function rootOf(url: string): Promise<string> {
  const { db, close } = openDb(url, 1)
  const { id } = await ensureRootTenant(db, new Date())
  await close()
  return id
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Said = { code: number | null; out: string; err: string }

/** The command line as an operator runs it; nothing of our environment but `PATH` reaches it. */
async function run(dataDir: string, words: string[], env: Record<string, string> = { DATABASE_URL: databaseUrl }): Promise<Said> {
  const secrets = {
    ENCRYPTION_KEY: Buffer.from('an encryption key of tests, 32 b').toString('base64url'),
    JWT_SECRET_KEY: 'a secret for the tokens of these tests',
  }
  const child = spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...secrets, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

const hold: HoldRecord = {
  tenant_id: '01900000-0000-7000-8000-000000000001',
  admitted_at: '2026-11-22T10:00:00.000Z',
  operation_id: '01900000-0000-7000-8000-000000000002',
  attempt: 1,
  access_key_id: '01900000-0000-7000-8000-000000000003',
  user_id: null,
  agent_id: '01900000-0000-7000-8000-000000000004',
  provider_key_tenant_id: '01900000-0000-7000-8000-000000000001',
  provider_key_id: '01900000-0000-7000-8000-000000000005',
  provider: 'openai',
  model: 'gpt-4o-mini',
  endpoint: 'chat.completions',
  stream: true,
  reserved_nanos: '6600',
  price: null,
  request_id: 'req-1',
  limits: [],
}

/** A journal with two settled calls and one open. */
async function openOne(
  dataDir: string,
  options: { epoch?: string; database?: string } = {},
): Promise<{ journal: Journal; position: number }> {
  const journal = await openJournal({
    dir: join(dataDir, 'journal'),
    epoch: newId(),
    database,
    sync: 'group',
    segmentBytes: 65_536,
    maxBytes: 1024 ** 2,
    ...options,
  })
  onTestFinished(() => journal.close())
  let position = 0
  for (const number of [1, 2, 3]) {
    const id = bytesOfId(`0190000${number}-0000-7000-8000-00000000000a`)
    journal.hold(id, encodeHold(hold), settleBytesMax)
    const settlement = { ...noTokens, tokens_input: 4, tokens_output: 10, cost_nanos: '6600', http_status: 200, duration_ms: 12 }
    const rest = { outcome: 'ok' as const, error_source: null, error_code: null, estimated: false, unresolved: false, first_byte_ms: 5 }
    const end =
      number === 3 ? 0 : journal.settle(id, encodeSettlement({ ...settlement, ...rest, raw_usage: { secret: 'of the provider' } }))
    if (number === 1) position = end
  }
  return { journal, position }
}

describe('journal inspect', () => {
  test('says of each journal whose it is, how large, how much of it is not in the database, and that it is sound', async () => {
    const dataDir = makeFolder()
    const epoch = newId()
    const { position } = await openOne(dataDir, { epoch })
    const { db, close } = openDb(databaseUrl, 1)
    await db
      .insertInto('journal_positions')
      .values({ epoch, position: BigInt(position) })
      .execute()
    await close()
    const { code, out, err } = await run(dataDir, ['journal', 'inspect'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`${epoch}  alive, process ${process.pid}\n`)
    expect(out).toMatch(/database {2}this one\n/)
    expect(out).toMatch(/segments {2}1, 0\.1 MiB\n/)
    expect(out).toContain('2 settled (1 not in the database yet), 1 open\n')
    expect(out).toContain('1 journal(s), 0 of them damaged or of another database')
  })

  test('shows the records of an epoch that is named, decoded, and nothing of what a provider said', async () => {
    const dataDir = makeFolder()
    const epoch = newId()
    await (await openOne(dataDir, { epoch })).journal.close()
    const { code, out } = await run(dataDir, ['journal', 'inspect', epoch.slice(0, 23)])
    expect(code).toBe(0)
    expect(out).toContain('nobody works on it')
    expect(out).toMatch(
      /hold {4}01900001-\S+ {2}2026-11-22T10:00:00\.000Z {2}openai\/gpt-4o-mini chat\.completions stream {2}access key 0190\S+3, agent 0190\S+4, tenant 0190\S+1 {2}reserved \$0\.0000066\n/,
    )
    expect(out).toMatch(/settle {2}01900001-\S+ {2}ok {2}\$0\.0000066 {2}4 tokens in, 10 out {2}12 ms\n/)
    expect(out).not.toContain('of the provider')
    expect((await run(dataDir, ['journal', 'inspect', join(dataDir, 'journal', epoch, '00000001.journal')])).out).toContain('5 record(s)')
  })

  test('tells the same to a program, a line for each thing', async () => {
    const dataDir = makeFolder()
    await openOne(dataDir)
    const { out } = await run(dataDir, ['journal', 'inspect', '--records', '--json'])
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ what }) => what)).toEqual(['epoch', 'header', 'hold', 'settle', 'hold', 'settle', 'hold', 'end'])
    expect(lines[0]).toMatchObject({
      owner: { state: 'alive', pid: process.pid },
      database,
      settled: 2,
      openHolds: 1,
      damage: [],
      wrong: false,
    })
    expect(lines[2]).toMatchObject({ model: 'gpt-4o-mini', reserved_nanos: '6600', access_key_id: hold.access_key_id })
    expect(lines[3]).toMatchObject({ outcome: 'ok', cost_nanos: '6600', tokens_output: 10 })
    expect(out).not.toContain('of the provider')
  })

  test('without a database says so, and makes none', async () => {
    const dataDir = makeFolder()
    await openOne(dataDir)
    for (const env of [{}, { DATABASE_URL: 'postgresql://nobody:hidden@127.0.0.1:1/none' }] as Record<string, string>[]) {
      const { code, out, err } = await run(dataDir, ['journal', 'inspect'], env)
      expect(code).toBe(0)
      expect(out).toContain('No database can be asked (')
      expect(out).toContain('2 settled (how many are in the database is not known), 1 open')
      expect(out + err).not.toContain('hidden')
    }
    expect(readdirSync(dataDir)).toEqual(['journal'])
  })

  test('damage and another installation are told with exit code 1, what cannot be understood with 2', async () => {
    const dataDir = makeFolder()
    const [broken, theirs, other] = [newId(), newId(), randomUUID()]
    await (await openOne(dataDir, { epoch: broken })).journal.close()
    await (await openOne(dataDir, { epoch: theirs, database: other })).journal.close()
    const file = join(dataDir, 'journal', broken, '00000001.journal')
    writeFileSync(file, readFileSync(file).fill(0xee, 80, 81))
    const { code, out } = await run(dataDir, ['journal', 'inspect'])
    expect(code).toBe(1)
    expect(out).toContain(`DAMAGED   ${file}: bytes 64 to `)
    expect(out).toContain(`ANOTHER ONE: ${other}; this one is ${database}`)
    expect(out).toContain('2 journal(s), 2 of them damaged or of another database')
    const doctor = await run(dataDir, ['doctor'])
    expect(doctor.code).toBe(1)
    expect(doctor.out).toContain(`WRONG  journals: ${file}: bytes 64 to `)
    expect(doctor.out).toContain(`${join(dataDir, 'journal', theirs)} belongs to the database ${other}, and this one is ${database}`)
    for (const words of [['--unheard-of'], ['a', 'b'], ['0000'], ['--dir', join(dataDir, 'nowhere')]]) {
      const refused = await run(dataDir, ['journal', 'inspect', ...words])
      expect({ code: refused.code, out: refused.out }, words.join(' ')).toEqual({ code: 2, out: '' })
      expect(refused.err).toContain('journal inspect [--dir')
    }
  })
})

describe('journal adopt', () => {
  /** A journal as it is rescued from another data folder. */
  async function rescue(options: { epoch: string; database?: string }): Promise<string> {
    const there = makeFolder()
    await (await openOne(there, options)).journal.close()
    return join(there, 'journal', options.epoch)
  }

  test('copies a rescued journal to where the next start finds it, and leaves the original', async () => {
    const dataDir = makeFolder()
    const epoch = newId()
    const source = await rescue({ epoch })
    const { code, out } = await run(dataDir, ['journal', 'adopt', source])
    expect({ code, out }).toEqual({
      code: 0,
      out: `Took in ${epoch}: 2 settled and 1 open call(s). The next start brings them to the database.\n`,
    })
    expect(readdirSync(join(dataDir, 'journal'))).toEqual([epoch])
    for (const folder of [source, join(dataDir, 'journal', epoch)]) expect(readdirSync(folder)).toEqual(['00000001.journal'])
    const again = await run(dataDir, ['journal', 'adopt', source])
    expect(again.code).toBe(1)
    expect(again.err).toContain('is here already')
  })

  test('takes a folder of several at once, each by itself', async () => {
    const [dataDir, rescued] = [makeFolder(), makeFolder()]
    const [good, foreign] = [newId(), newId()]
    cpSync(await rescue({ epoch: good }), join(rescued, good), { recursive: true })
    cpSync(await rescue({ epoch: foreign, database: randomUUID() }), join(rescued, foreign), { recursive: true })
    const { code, out, err } = await run(dataDir, ['journal', 'adopt', rescued])
    expect(code).toBe(1)
    expect(out).toContain(`Took in ${good}`)
    expect(err).toContain(`the journal ${foreign} belongs to the database `)
    expect(readdirSync(join(dataDir, 'journal'))).toEqual([good])
  })

  test('refuses a living one, and a damaged one unless it is to be taken all the same', async () => {
    const [dataDir, there] = [makeFolder(), makeFolder()]
    await openOne(there)
    const [living] = readdirSync(join(there, 'journal'))
    const refused = await run(dataDir, ['journal', 'adopt', join(there, 'journal', living!)])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('a process works on')
    // Copied from another machine, where it lives: only the database knows.
    const copied = newId()
    const { db, close } = openDb(databaseUrl, 1)
    await sql`insert into epochs (id, started_at, expires_at) values (${copied}, now(), now() + interval '20 s')`.execute(db)
    await close()
    expect((await run(dataDir, ['journal', 'adopt', await rescue({ epoch: copied })])).err).toContain('lives, by what the database knows')
    const epoch = newId()
    const source = await rescue({ epoch })
    const file = join(source, '00000001.journal')
    writeFileSync(file, readFileSync(file).fill(0xee, 80, 81))
    expect((await run(dataDir, ['journal', 'adopt', source])).err).toContain('--damaged')
    expect(existsSync(join(dataDir, 'journal'))).toBe(false)
    const taken = await run(dataDir, ['journal', 'adopt', source, '--damaged'])
    expect(taken.out).toContain('1 settled and 1 open call(s); calls in 1 damaged stretch(es) are lost')
  })

  test('refuses what is no journal, and what nobody asked for', async () => {
    const [dataDir, empty] = [makeFolder(), makeFolder()]
    expect(await run(dataDir, ['journal', 'adopt', empty])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no journal in'),
    })
    for (const words of [[], ['a', 'b'], [join(empty, 'nowhere')], ['--force', empty]])
      expect((await run(dataDir, ['journal', 'adopt', ...words])).code).toBe(2)
  })
})

describe('beside a running server with its embedded database', () => {
  let dataDir: string
  let stop: () => Promise<void>
  let root: string
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'journal-cli-'))
    const postgres = await startEmbeddedPostgres({ dataDir, log: () => {} })
    stop = postgres.stop
    await migrate(postgres.url)
    root = await rootOf(postgres.url)
  })
  afterAll(async () => {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test('the journals and the whole installation can be looked at, and a journal taken in', async () => {
    await openOne(dataDir, { database: root })
    const inspected = await run(dataDir, ['journal', 'inspect'], {})
    expect(inspected.out).toContain('2 settled (2 not in the database yet), 1 open')
    const there = makeFolder()
    await (await openOne(there, { database: root })).journal.close()
    expect((await run(dataDir, ['journal', 'adopt', join(there, 'journal')], {})).code).toBe(0)
    const doctor = await run(dataDir, ['doctor'], {})
    expect(doctor.out).toContain('ok     journals: 2, of which 1 of living processes; 4 settled call(s) are not in the database yet')
    expect(doctor.out).toMatch(/^ok {5}database: PostgreSQL /m)
  })
})
