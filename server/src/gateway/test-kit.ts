import Anthropic from '@anthropic-ai/sdk'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import { prices } from '@llm-manager/contract/prices'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import OpenAI from 'openai'
import type { LedgerEntry } from '../../../simulator/src/billing/ledger.ts'
import { startTestApi, type Actor, type TestApi } from '../../test/harness.ts'
import type { ProviderName } from '../providers/provider.ts'

/** A usage event as the database has it; figures as text. */
export type EventRow = {
  id: string
  provider: string
  model: string
  outcome: string
  error_source: string | null
  error_code: string | null
  http_status: number | null
  stream: boolean
  tokens_input: string
  tokens_cache_read: string
  tokens_output: string
  tokens_reasoning: string
  cost_nanos: string
  reserved_nanos: string
  estimated: boolean
  unresolved: boolean
  price: { source: string; per_million_nanos: Record<string, string> }
}

export type SystemKey = { id: string; secret: string; billed(): LedgerEntry[] }

export type World = {
  api: TestApi
  /**
   * A system key of the installation, by the root administrator. Its text holds `name`, which tells the simulator how to behave. `billed`:
   * what the simulator charged it, in nano-dollars, and for which tokens.
   */
  systemKey(
    provider: ProviderName,
    name: string,
    settings?: { usage_limit?: number; base_url?: string; is_active?: boolean },
  ): Promise<SystemKey>
  /** A new system key, and the secret of an access key whose agent is bound to it. */
  bound(provider: ProviderName, name: string, settings?: { usage_limit?: number; base_url?: string }): Promise<SystemKey & { key: string }>
  /** A system key of the actor's own tenant, or a key of their own. */
  keyOf(actor: Actor, provider: ProviderName, kind: 'system' | 'user'): Promise<SystemKey>
  /** The secret of a new access key of an actor. */
  accessKey(
    actor: Actor,
    settings?: { models?: string[]; allowed_ips?: string[]; expires_at?: string; mode?: 'live' | 'test'; agent_id?: string },
  ): Promise<{ id: string; key: string }>
  price(
    provider: ProviderName,
    model: string,
    perMillion: { input: number; output: number; cache_read?: number; cache_write?: number },
  ): Promise<void>
  openai(key: string): OpenAI
  anthropic(key: string): Anthropic
  /** A raw call to the gateway. */
  post(path: string, key: string | null, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** The events of a provider key, oldest first, once there are so many. */
  events(keyId: string, count: number): Promise<EventRow[]>
  close(): Promise<void>
}

let count = 0

/** A whole server with the simulator behind it, and short ways to what the gateway's tests need. */
export async function openWorld(env: Record<string, string> = {}): Promise<World> {
  const api = await startTestApi({ env })
  async function makeKey(name: string, create: (secret: string) => Promise<{ id: string }>): Promise<SystemKey> {
    const hint = String(++count).padStart(4, '0')
    const secret = `sk-sim-${name}-abcdefghijklmnop-${hint}`
    const { id } = await create(secret)
    return { id, secret, billed: () => api.simulator.ledger().filter((entry) => entry.key_hint === hint) }
  }
  const world: World = {
    api,
    async bound(provider, name, settings) {
      const system = await world.systemKey(provider, name, settings)
      const agent = await api.root(agents.create, { body: { name: `agent of ${name}`, key_id: system.id } })
      return { ...system, key: (await world.accessKey(api.root, { agent_id: agent.id })).key }
    },
    systemKey: (provider, name, settings = {}) =>
      makeKey(name, (secret) => api.root(systemKeys.create, { body: { provider, api_key: secret, validate: false, ...settings } })),
    keyOf: (actor, provider, kind) =>
      makeKey(kind, (secret) =>
        actor(kind === 'system' ? systemKeys.create : userKeys.create, { body: { provider, api_key: secret, validate: false } }),
      ),
    async accessKey(actor, settings = {}) {
      const { agent_id, ...rest } = settings
      const belongs = agent_id ? { agent_id } : { user_id: actor.userId }
      return await actor(accessKeys.create, { body: { name: 'of a test', ...belongs, ...rest } })
    },
    async price(provider, model, per_million) {
      await api.root(prices.create, { body: { provider, model, effective_from: '2020-01-01T00:00:00Z', per_million } })
    },
    openai: (apiKey) => new OpenAI({ apiKey, baseURL: `${api.origin}/v1`, maxRetries: 0 }),
    anthropic: (apiKey) => new Anthropic({ apiKey, baseURL: api.origin, maxRetries: 0 }),
    post: (path, key, body, headers = {}) =>
      fetch(api.origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }), ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async events(keyId, wanted) {
      for (const until = Date.now() + 10_000; ;) {
        const rows = await api.sql<EventRow>('select * from usage_events where provider_key_id = $1 order by admitted_at, id', [keyId])
        if (rows.length >= wanted || Date.now() > until)
          return rows.map(
            (row) =>
              Object.fromEntries(
                Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
              ) as EventRow,
          )
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
    },
    close: () => api.close(),
  }
  return world
}

export function message(content: string): { role: 'user'; content: string }[] {
  return [{ role: 'user', content }]
}
