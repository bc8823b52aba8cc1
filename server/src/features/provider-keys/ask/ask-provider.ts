import type { KeyValidation } from '@llm-manager/contract/provider-keys'
import type * as z from 'zod/mini'
import { say } from '../../../messages/messages.ts'
import type { MessageKey } from '../../../messages/pt-br.ts'
import type { Ctx, Platform } from '../../../platform/ctx.ts'
import { EgressFailed, EgressRefused } from '../../../platform/egress/errors.ts'
import { readKeyCheck } from '../../../providers/key-check/read.ts'
import { keyCheckRequest } from '../../../providers/key-check/request.ts'
import type { KeyCheckOutcome, KeyTarget } from '../../../providers/provider.ts'

const answerTimeoutMs = 10_000
/** Far more than any list of models; what is longer is no answer to a key check. */
const answerBytesMax = 256 * 1024

export type Validation = z.output<typeof KeyValidation>
export type KeyStanding = Validation['model_info']['status']

/** What a provider said of a key; `reason` is a code that never changes its meaning, null where there is nothing to add. */
export type Verdict = { status: KeyStanding; reason: string | null }

/**
 * Asks the provider about a key by the cheapest call that truly proves one. A provider that cannot be reached, or whose answer says nothing
 * of the key, is `unreachable`: it never counts against the key. Nothing is stored, and no secret is in the verdict.
 */
export async function askProvider(
  { egress, config }: Pick<Platform, 'egress' | 'config'>,
  target: KeyTarget,
  timeoutMs: number = answerTimeoutMs,
): Promise<Verdict> {
  const call = keyCheckRequest(target, config.baseUrls)
  if ('refused' in call) return { status: 'unreachable', reason: call.refused }
  const { url, ...request } = call
  try {
    const answer = await egress.request(url, { ...request, timeoutMs, maxBytes: answerBytesMax })
    const { outcome, reason } = readKeyCheck(target.provider, answer.status, answer.headers, answer.body.toString('utf8'))
    return { status: standings[outcome], reason: outcome === 'valid' ? null : reason }
  } catch (error) {
    if (error instanceof EgressFailed) return { status: 'unreachable', reason: error.code }
    if (error instanceof EgressRefused) return { status: 'unreachable', reason: error.reason }
    throw error
  }
}

/** The verdict as the key API says it, in the caller's language. */
export function toValidation(ctx: Ctx, { provider }: KeyTarget, { status, reason }: Verdict): Validation {
  const is_valid = status === 'active' || status === 'no_credit' || status === 'throttled' || status === 'restricted'
  return { is_valid, provider, message: say(ctx.request.locale, sentences[status]), model_info: { provider, status, reason } }
}

const standings: Record<KeyCheckOutcome, KeyStanding> = {
  valid: 'active',
  valid_no_credit: 'no_credit',
  valid_throttled: 'throttled',
  valid_restricted: 'restricted',
  blocked: 'blocked',
  invalid: 'invalid',
  unknown: 'unreachable',
}

const sentences: Record<KeyStanding, MessageKey> = {
  active: 'validation_valid',
  no_credit: 'validation_no_credit',
  throttled: 'validation_throttled',
  restricted: 'validation_restricted',
  blocked: 'validation_blocked',
  invalid: 'validation_invalid',
  unreachable: 'validation_unreachable',
}
