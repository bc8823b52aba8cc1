import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { UPSTREAM_KEY } from '../load/messages.ts'
import { MODEL } from '../load/shapes.ts'
import { createApi, type Api } from './ours-api.ts'
import { startOurServer } from './ours-server.ts'

export const ADMIN = { email: 'bench@example.com', password: 'a password of the benchmark' }

/** US dollars per million tokens, set by hand so that the audit can reckon by itself: 150 and 600 nano-dollars a token. */
const PRICE = { input: 0.15, output: 0.6 }
export const NANOS_PER_TOKEN = { input: 150, output: 600 }

/** A hard budget that is enforced on every call and never reached. */
const BUDGET_USD = 100_000
const AT_ONCE = 8

/** A data folder that is set up and at rest; each slot runs on a copy of it. */
export type Template = { dataDir: string; accessKeys: string[] }

/**
 * Sets an installation up through its own API: administrator, price, provider key with a hard budget, access keys.
 * @param keys how many access keys the gateway is to know
 */
export async function makeTemplate(folder: string, mockPort: number, keys: number, say: (line: string) => void): Promise<Template> {
  const dataDir = join(folder, 'template')
  mkdirSync(dataDir, { mode: 0o700 })
  const server = await startOurServer('anywhere', dataDir, mockPort, join(folder, 'template.log'))
  try {
    const token = new URL(server.setupUrl ?? '').searchParams.get('token')
    const { access_token } = await createApi(server.origin, null)<{ access_token: string }>('POST', '/api/setup', {
      token,
      name: 'Bench',
      ...ADMIN,
    })
    const api = createApi(server.origin, access_token)
    await api('POST', '/api/prices', { provider: 'openai', model: MODEL, effective_from: '2026-01-01T00:00:00Z', per_million: PRICE })
    await api('POST', '/api/llm/system/keys', { provider: 'openai', api_key: UPSTREAM_KEY, usage_limit: BUDGET_USD, is_active: true })
    return { dataDir, accessKeys: await makeAccessKeys(api, keys, say) }
  } finally {
    await server.program.stop()
  }
}

async function makeAccessKeys(api: Api, count: number, say: (line: string) => void): Promise<string[]> {
  const keys: string[] = []
  let wanted = 0
  const work = async (): Promise<void> => {
    while (wanted < count) {
      wanted += 1
      const { key } = await api<{ key: string }>('POST', '/api/access-keys', { name: `bench ${wanted}` })
      keys.push(key)
      if (keys.length % 2_000 === 0) say(`  ${keys.length} of ${count} access keys made`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return keys
}
