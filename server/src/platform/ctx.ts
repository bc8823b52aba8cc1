import type { Permission, RoleName, Scope } from '@llm-manager/contract/permissions'
import type { Locale } from '@llm-manager/contract/common'
import type { Bus } from './bus.ts'
import type { Clock } from './time/clock.ts'
import type { Config } from './config.ts'
import { unattended, type Db, type Tx } from './db.ts'
import type { Egress } from './egress/egress.ts'
import { Failure } from './failure.ts'
import { newId } from './ids.ts'
import type { Log } from './log/log.ts'
import type { Keyring } from './vault/keyring.ts'

/** What a process is made of; made once. */
export type Platform = { config: Config; db: Db; bus: Bus; keyring: Keyring; egress: Egress; now: Clock; log: Log }

/** Who asks: a person, with what they may do and how far it reaches. */
export type Caller = {
  userId: string
  tenantId: string
  inRootTenant: boolean
  plan: 'free' | 'pro' | 'enterprise'
  roles: readonly RoleName[]
  permissions: ReadonlySet<Permission>
  scope: Scope
  /** The session behind the token; null for tokens of an embedding product. */
  sessionId: string | null
}

/** The request an operation serves, for the audit and the log. */
export type RequestFacts = { id: string; ip: string; userAgent: string | null; locale: Locale }

/** What an operation of nobody in particular may reach (sign-in, set-up). */
export type PublicCtx = Platform & { request: RequestFacts }

/** Everything an operation may reach. Made once per request, in one place per process. */
export type Ctx = PublicCtx & { caller: Caller }

/** Throws `forbidden` unless the caller holds the permission. */
export function allow(ctx: Ctx, permission: Permission): void {
  if (!ctx.caller.permissions.has(permission)) throw new Failure('forbidden', 'forbidden', { detail: permission })
}

export type AuditEntry = {
  action: string
  subject: { type: string; id: string | null }
  /** The tenant whose trail it belongs to; the caller's unless said. */
  tenantId?: string
  before?: Record<string, unknown> | null
  after?: Record<string, unknown> | null
}

type Audit = (entry: AuditEntry) => void

/**
 * Permission, transaction and audit in one: runs `run` in a transaction that holds its audit rows too, and returns when this process
 * has caught up with what changed. A run that records nothing is a mistake of ours and is undone.
 */
export async function change<T>(ctx: Ctx, permission: Permission | 'signed_in', run: (tx: Tx, audit: Audit) => Promise<T>): Promise<T> {
  if (permission !== 'signed_in') allow(ctx, permission)
  const { userId, tenantId } = ctx.caller
  return await changeAs(ctx, { userId, tenantId }, run)
}

/** The same for someone who is only now becoming known: sign-in and set-up. */
export async function changeAs<T>(
  ctx: PublicCtx,
  actor: { userId: string; tenantId: string },
  run: (tx: Tx, audit: Audit) => Promise<T>,
): Promise<T> {
  const result = await unattended(ctx.db, async (tx) => {
    const entries: AuditEntry[] = []
    const done = await run(tx, (entry) => void entries.push(entry))
    if (entries.length === 0) throw new Error('A change without an audit row')
    await insertAudit(
      tx,
      entries.map((entry) => auditRow(ctx, actor, 'done', entry)),
    )
    return done
  })
  await ctx.bus.caughtUp()
  return result
}

/** Records an attempt that was refused, in a transaction of its own. */
export async function auditRefusal(ctx: PublicCtx, actor: { userId: string | null; tenantId: string }, entry: AuditEntry): Promise<void> {
  await unattended(ctx.db, (tx) => insertAudit(tx, [auditRow(ctx, actor, 'refused', entry)]))
}

function auditRow(
  ctx: PublicCtx,
  actor: { userId: string | null; tenantId: string },
  outcome: 'done' | 'refused',
  entry: AuditEntry,
): AuditRow {
  return {
    tenant_id: entry.tenantId ?? actor.tenantId,
    id: newId(),
    at: ctx.now(),
    actor_id: actor.userId,
    actor_tenant_id: actor.tenantId,
    action: entry.action,
    subject_type: entry.subject.type,
    subject_id: entry.subject.id,
    outcome,
    before: entry.before ? JSON.stringify(entry.before) : null,
    after: entry.after ? JSON.stringify(entry.after) : null,
    ip: ctx.request.ip,
    user_agent: ctx.request.userAgent,
    request_id: ctx.request.id,
  }
}

type AuditRow = {
  tenant_id: string
  id: string
  at: Date
  actor_id: string | null
  actor_tenant_id: string | null
  action: string
  subject_type: string
  subject_id: string | null
  outcome: 'done' | 'refused'
  before: string | null
  after: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
}

declare module './db.ts' {
  interface Tables {
    audit_events: AuditRow
  }
}

async function insertAudit(tx: Tx, rows: AuditRow[]): Promise<void> {
  await tx.insertInto('audit_events').values(rows).execute()
}
