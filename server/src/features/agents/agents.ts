import type { agents } from '@llm-manager/contract/agents'
import type { Received } from '@llm-manager/contract/endpoint'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { bindingOf, requireSameProvider } from './agent-binding.ts'
import { ownerInReach } from './owner.ts'
import { findAgent, insertAgent, listAgents, lockAgent, updateAgent, type AgentRow } from './agents.store.ts'

type Input<K extends keyof typeof agents> = Received<(typeof agents)[K]>

/** Creates an agent of the caller's own, or of someone else in the tenant for those whose reach is the tenant. */
export async function createAgent(ctx: Ctx, { body }: Input<'create'>) {
  return await change(ctx, 'agents:write', async (tx, audit) => {
    const { tenantId } = ctx.caller
    const { name, description = null, provider = null } = body
    const ownerId = await ownerInReach(ctx, tx, body.owner_id ?? ctx.caller.userId)
    const key = body.key_id ? await bindingOf(ctx, tx, { owner_id: ownerId, provider }, { key_id: body.key_id }) : null
    const id = newId()
    await insertAgent(tx, tenantId, {
      id,
      owner_id: ownerId,
      name,
      description,
      provider,
      key_tenant_id: key?.tenant_id ?? null,
      key_id: key?.id ?? null,
      created_at: ctx.now(),
    })
    const made = await agentWritten(tx, tenantId, id)
    audit({ action: 'agent.created', subject: { type: 'agent', id }, after: audited(made) })
    return toAgent(made)
  })
}

export async function listAgentsInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'agents:read')
  const page = pageOf(query)
  return listReply(page, await listAgents(ctx.db, ctx.caller.tenantId, onlyOwner(ctx), page), toAgent)
}

export async function getAgent(ctx: Ctx, { params }: Input<'get'>) {
  allow(ctx, 'agents:read')
  return toAgent(await agentInReach(ctx, ctx.db, params.id))
}

/** Changes what is named; an agent and the key it is bound to have one provider. */
export async function changeAgent(ctx: Ctx, { params, body }: Input<'change'>) {
  return await change(ctx, 'agents:write', async (tx, audit) => {
    const before = await lockedAgent(ctx, tx, params.id)
    const { key_id, ...columns } = body
    const provider = body.provider === undefined ? before.provider : body.provider
    const key = key_id ? await bindingOf(ctx, tx, { owner_id: before.owner_id, provider }, { key_id }) : null
    if (key_id === undefined && before.key_provider) requireSameProvider(provider, before.key_provider)
    const binding = key_id === undefined ? {} : { key_tenant_id: key?.tenant_id ?? null, key_id: key?.id ?? null }
    await updateAgent(tx, before.tenant_id, before.id, { ...columns, ...binding, updated_at: ctx.now() })
    const after = await agentWritten(tx, before.tenant_id, before.id)
    audit({ action: 'agent.changed', subject: { type: 'agent', id: before.id }, before: audited(before), after: audited(after) })
    return toAgent(after)
  })
}

/** Retires an agent. Its access keys are thereby revoked: a key of a retired agent opens nothing. */
export async function removeAgent(ctx: Ctx, { params }: Input<'remove'>): Promise<undefined> {
  await change(ctx, 'agents:write', async (tx, audit) => {
    const before = await lockedAgent(ctx, tx, params.id)
    await updateAgent(tx, before.tenant_id, before.id, { status: 'retired', key_tenant_id: null, key_id: null, updated_at: ctx.now() })
    audit({ action: 'agent.retired', subject: { type: 'agent', id: before.id }, before: audited(before) })
  })
}

/** Throws `not_found` unless the agent is there, not retired, and within the caller's reach. */
export async function agentInReach(ctx: Ctx, db: Reader, id: string): Promise<AgentRow> {
  const row = isId(id) ? await findAgent(db, ctx.caller.tenantId, onlyOwner(ctx), id) : undefined
  if (!row) throw notFound('agent_not_found')
  return row
}

/** The same, and nobody else changes it until the transaction ends. */
export async function lockedAgent(ctx: Ctx, tx: Tx, id: string): Promise<AgentRow> {
  if (isId(id)) await lockAgent(tx, ctx.caller.tenantId, id)
  return await agentInReach(ctx, tx, id)
}

/** What the audit keeps of an agent. */
export function audited({ name, description, provider, key_id, owner_id }: AgentRow) {
  return { name, description, provider, key_id, owner_id }
}

export async function agentWritten(tx: Tx, tenantId: string, id: string): Promise<AgentRow> {
  const row = await findAgent(tx, tenantId, null, id)
  if (!row) throw new Error('An agent just written is not there')
  return row
}

function onlyOwner({ caller }: Ctx): string | null {
  return caller.scope === 'own' ? caller.userId : null
}

function toAgent({ id, name, description, provider, key_id, owner_id, created_at, updated_at }: AgentRow) {
  return {
    id,
    name,
    description,
    provider,
    key_id,
    owner_id,
    created_at: created_at.toISOString(),
    updated_at: updated_at?.toISOString() ?? null,
  }
}
