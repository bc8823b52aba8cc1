import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createAccessKey } from '../../features/access-keys/access-keys.ts'
import { createAgent } from '../../features/agents/agents.ts'
import { createPrice } from '../../features/models/prices.ts'
import { createSystemKey } from '../../features/provider-keys/system-keys.ts'
import { active, callerOf } from '../../features/sessions/callers.ts'
import { createTenant } from '../../features/tenants/tenants.ts'
import { createUser } from '../../features/users/users.ts'
import { userByEmail } from '../../features/users/identify.ts'
import type { Ctx, Platform } from '../../platform/ctx.ts'
import type { ProviderName } from '../../providers/provider.ts'
import { demoSystemKeys, demoTenants, type DemoTenant, type Habit } from './cast.ts'
import { seedLimits, type DemoLimit } from './limits.ts'

/** An agent that is there now, with the secret it calls the gateway with. */
export type DemoCaller = {
  tenantId: string
  agentId: string
  ownerId: string
  accessKeyId: string
  accessKey: string
  callsPerHour: number
  models: Habit[]
}
export type DemoKeys = Map<ProviderName, { tenantId: string; keyId: string }>
export type DemoPrice = { provider: ProviderName; model: string; per_million: { input: number; output?: number } }

const nothing = { params: undefined, query: undefined }

/** Fills an empty installation through its own operations, as the administrator; every provider key is really validated. */
export async function seedDemo(
  platform: Platform,
  pricesFile: string,
  adminEmail: string,
  password: string,
): Promise<{ callers: DemoCaller[]; keys: DemoKeys; limits: DemoLimit[] }> {
  const root = await ctxOf(platform, adminEmail)
  const prices = JSON.parse(readFileSync(pricesFile, 'utf8')) as DemoPrice[]
  for (const { provider, model, per_million } of prices) {
    const body = {
      provider,
      model,
      effective_from: '2025-01-01T00:00:00Z',
      per_million: { output: 0, ...per_million },
      tenant_id: undefined,
    }
    await createPrice(root, { ...nothing, body })
  }
  const keys: DemoKeys = new Map()
  for (const { provider, name, limit } of demoSystemKeys) {
    const body = { provider, name, usage_limit: limit, api_key: `sk-demo-${provider}-${randomBytes(12).toString('hex')}`, validate: true }
    const key = await createSystemKey(root, { ...nothing, body })
    keys.set(provider, { tenantId: root.caller.tenantId, keyId: key.id })
  }
  const callers: DemoCaller[] = []
  const limits: DemoLimit[] = []
  for (const tenant of demoTenants) {
    const made = await seedTenant(root, tenant, password)
    callers.push(...made.callers)
    limits.push(...made.limits)
  }
  return { callers, keys, limits }
}

async function seedTenant(root: Ctx, tenant: DemoTenant, password: string): Promise<{ callers: DemoCaller[]; limits: DemoLimit[] }> {
  const { id } = await createTenant(root, { ...nothing, body: { name: tenant.name, plan: tenant.plan } })
  const userIds = new Map<string, string>()
  for (const { name, email, roles } of tenant.people) {
    const user = await createUser(root, { ...nothing, body: { name, email, roles, password, tenant_id: id, locale: 'pt-BR' } })
    userIds.set(email, user.id)
  }
  const userIdOf = (email: string): string => {
    const userId = userIds.get(email)
    if (userId === undefined) throw new Error(`${email} plays in no tenant of the demonstration`)
    return userId
  }
  const admin = await ctxOf(root, tenant.people[0]!.email)
  const callers: DemoCaller[] = []
  for (const agent of tenant.agents) callers.push(await seedAgent(admin, agent, userIdOf(agent.owner)))
  return { callers, limits: await seedLimits(admin, tenant, callers, userIdOf) }
}

/** An agent with the access key that it calls with. */
async function seedAgent(
  admin: Ctx,
  { name, description, callsPerHour, models }: DemoTenant['agents'][number],
  ownerId: string,
): Promise<DemoCaller> {
  const agent = await createAgent(admin, { ...nothing, body: { name, description, owner_id: ownerId } })
  const tags = { app: name.toLowerCase().replace(/[^a-z0-9]+/g, '-') }
  const made = await createAccessKey(admin, { ...nothing, body: { name: `${name} – produção`, agent_id: agent.id, mode: 'live', tags } })
  const { tenantId } = admin.caller
  return { tenantId, agentId: agent.id, ownerId, accessKeyId: made.id, accessKey: made.key, callsPerHour, models }
}

async function ctxOf(platform: Platform, email: string): Promise<Ctx> {
  const user = active(await userByEmail(platform.db, email))
  return { ...platform, caller: callerOf(user, null, null), request: { id: 'demo', ip: '127.0.0.1', userAgent: 'demo', locale: 'pt-BR' } }
}
