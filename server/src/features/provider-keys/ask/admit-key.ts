import { say } from '../../../messages/messages.ts'
import type { MessageKey } from '../../../messages/pt-br.ts'
import { auditRefusal, type Ctx } from '../../../platform/ctx.ts'
import { Failure } from '../../../platform/failure.ts'
import type { KeyTarget } from '../../../providers/provider.ts'
import { askProvider, type KeyStanding } from './ask-provider.ts'

/** How a key that was not taken is told of, when it was new and when it was to replace another. */
export type KeyWording = { create: MessageKey; update: MessageKey }

/** What is kept of the provider's word. */
export type Verified = { status: 'active' | 'degraded' | 'unverified'; status_reason: string | null; validated_at: Date | null }

/**
 * Asks the provider whether it takes the key, unless told not to. One that is real but without money, slowed or restricted is taken, as
 * degraded. Throws `key_refused` (and records the attempt) for one that the provider refuses, `provider_unavailable` when it cannot be asked.
 */
export async function admitKey(
  ctx: Ctx,
  target: KeyTarget,
  validate: boolean,
  failed: MessageKey,
  about: { tenantId: string; subject: string; id: string | null },
): Promise<Verified> {
  if (!validate) return { status: 'unverified', status_reason: null, validated_at: null }
  const verdict = await askProvider(ctx, target)
  const reasonOf = (key: MessageKey) => ({ values: { reason: say(ctx.request.locale, key) }, detail: verdict })
  if (verdict.status === 'unreachable') throw new Failure('provider_unavailable', failed, reasonOf('reason_unreachable'))
  if (verdict.status === 'invalid' || verdict.status === 'blocked') {
    const after = { provider: target.provider, key_hint: target.secret?.hint() ?? '', status: verdict.status, reason: verdict.reason }
    await auditRefusal(ctx, ctx.caller, {
      action: `${about.subject}.key_refused`,
      tenantId: about.tenantId,
      subject: { type: about.subject, id: about.id },
      after,
    })
    throw new Failure('key_refused', failed, reasonOf(verdict.status === 'invalid' ? 'reason_key_invalid' : 'reason_key_blocked'))
  }
  return { ...kept(verdict.status), validated_at: ctx.now() }
}

function kept(status: Exclude<KeyStanding, 'unreachable' | 'invalid' | 'blocked'>): Pick<Verified, 'status' | 'status_reason'> {
  return status === 'active' ? { status: 'active', status_reason: null } : { status: 'degraded', status_reason: status }
}
