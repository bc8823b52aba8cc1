import type { agents } from '@llm-manager/contract/agents'
import type { Received } from '@llm-manager/contract/endpoint'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { notFound } from '../../platform/failure.ts'
import { resolveProviderKeys } from '../provider-keys/ask/resolution.ts'
import { candidateKeys, validateStoredKey, type ReachableKeyRow } from '../provider-keys/ask/stored-keys.ts'
import { ensureRootTenant } from '../tenants/tenants.ts'
import { bindingOf } from './agent-binding.ts'
import { agentInReach, agentWritten, audited, lockedAgent } from './agents.ts'
import { updateAgent, type AgentRow } from './agents.store.ts'

type Input<K extends keyof typeof agents> = Received<(typeof agents)[K]>

/** The key an agent is bound to; `not_found` when it is bound to none. */
export async function getAgentKey(ctx: Ctx, { params }: Input<'getKey'>) {
  allow(ctx, 'agents:read')
  const bound = toAgentKey(await agentInReach(ctx, ctx.db, params.id))
  if (!bound) throw notFound('agent_key_not_found')
  return bound
}

/** Binds an agent to a key, or to none. */
export async function setAgentKey(ctx: Ctx, { params, body }: Input<'setKey'>) {
  return await change(ctx, 'agents:write', async (tx, audit) => {
    const before = await lockedAgent(ctx, tx, params.id)
    const { key_id } = body
    const key = key_id === null ? null : await bindingOf(ctx, tx, before, { ...body, key_id })
    await updateAgent(tx, before.tenant_id, before.id, { key_tenant_id: key?.tenant_id ?? null, key_id, updated_at: ctx.now() })
    const after = await agentWritten(tx, before.tenant_id, before.id)
    audit({ action: 'agent.key_set', subject: { type: 'agent', id: before.id }, before: audited(before), after: audited(after) })
    return toAgentKey(after)
  })
}

/** Asks the provider about the key that a call of this agent would use. */
export async function validateAgentKey(ctx: Ctx, { params }: Input<'validateKey'>) {
  allow(ctx, 'agents:read')
  const key = await keyInUse(ctx, await agentInReach(ctx, ctx.db, params.id))
  if (!key) throw notFound('agent_key_not_found')
  return await validateStoredKey(ctx, key)
}

/** The bound key, else what resolution finds for the agent's provider; an agent without either has none. */
async function keyInUse(ctx: Ctx, agent: AgentRow): Promise<ReachableKeyRow | undefined> {
  const provider = agent.key_provider ?? agent.provider
  if (!provider) return undefined
  const candidates = await candidateKeys(ctx.db, agent.tenant_id, agent.owner_id, provider)
  const root = await ensureRootTenant(ctx.db, ctx.now())
  const need = {
    provider,
    tenantId: agent.tenant_id,
    rootTenantId: root.id,
    ownerId: agent.owner_id,
    boundKeyId: agent.key_id,
    sandbox: false,
    now: ctx.now(),
  }
  return resolveProviderKeys(candidates, need)?.keys[0]
}

function toAgentKey({ key_id, key_kind, key_provider }: AgentRow) {
  return key_id && key_kind && key_provider ? { type: key_kind, provider: key_provider, key_id } : null
}
