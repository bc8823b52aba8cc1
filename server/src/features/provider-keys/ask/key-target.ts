import type { ProviderName, KeyTarget, Refusal } from '../../../providers/provider.ts'
import { keyCheckRequest } from '../../../providers/key-check/request.ts'
import { say } from '../../../messages/messages.ts'
import type { MessageKey } from '../../../messages/pt-br.ts'
import type { Ctx } from '../../../platform/ctx.ts'
import { EgressRefused, type EgressRefusal } from '../../../platform/egress/errors.ts'
import { Failure } from '../../../platform/failure.ts'
import { cleanPastedKey, PastedKeyRefused, Secret } from '../../../platform/secret.ts'

/** A key as a person gives it. */
export type GivenKey = {
  provider: ProviderName
  api_key?: string | undefined
  base_url?: string | null | undefined
  options?: Record<string, string> | undefined
}

/**
 * What a person gave, as something a provider can be asked with: the secret cleaned of what pasting leaves around it, the base URL settled
 * and allowed. Throws `invalid_input`, naming the field, for what could not be a key of this provider.
 */
export async function readKeyTarget(ctx: Ctx, given: GivenKey): Promise<KeyTarget> {
  const { provider, options = {} } = given
  const secret = given.api_key === undefined ? null : readSecret(ctx, given.api_key)
  const baseUrl = given.base_url == null ? null : plainBaseUrl(given.base_url)
  const target = { provider, secret, baseUrl, options }
  const call = keyCheckRequest(target, ctx.config.baseUrls)
  if ('refused' in call) throw wrongField(ctx, ...refusals[call.refused])
  if (baseUrl !== null) await checkBaseUrl(ctx, baseUrl)
  return target
}

/** The one spelling of a base URL that is kept and compared: as a browser would write it, without a slash at the end. */
export function plainBaseUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '')
}

/** A refusal of one field, in the caller's language. */
export function wrongField(ctx: Ctx, path: string, reason: MessageKey, why?: MessageKey): Failure {
  const { locale } = ctx.request
  return new Failure('invalid_input', 'invalid_input', {
    errors: [{ path, reason: say(locale, reason, { why: why ? say(locale, why) : '' }) }],
  })
}

function readSecret(ctx: Ctx, pasted: string): Secret {
  try {
    return Secret.of(cleanPastedKey(pasted))
  } catch (error) {
    if (!(error instanceof PastedKeyRefused)) throw error
    throw wrongField(ctx, 'api_key', error.problem === 'empty' ? 'reason_api_key_missing' : 'reason_api_key_malformed')
  }
}

async function checkBaseUrl(ctx: Ctx, baseUrl: string): Promise<void> {
  try {
    await ctx.egress.check(baseUrl)
  } catch (error) {
    if (!(error instanceof EgressRefused)) throw error
    throw wrongField(ctx, 'base_url', 'reason_base_url_refused', egressReasons[error.reason])
  }
}

const refusals: Record<Refusal['refused'], [path: string, reason: MessageKey, why?: MessageKey]> = {
  no_base_url: ['base_url', 'reason_base_url_missing'],
  bad_base_url: ['base_url', 'reason_base_url_refused', 'egress_malformed'],
  no_key: ['api_key', 'reason_api_key_missing'],
  bad_key: ['api_key', 'reason_api_key_malformed'],
  no_deployment: ['options.deployment', 'input_required'],
  dialect_not_spoken: ['provider', 'input_invalid'],
  bad_path: ['base_url', 'reason_base_url_refused', 'egress_malformed'],
}

const egressReasons: Record<EgressRefusal, MessageKey> = {
  malformed: 'egress_malformed',
  scheme: 'egress_scheme',
  credentials_in_url: 'egress_credentials',
  port: 'egress_port',
  private_address: 'egress_private',
  link_local: 'egress_private',
  metadata: 'egress_private',
  unspecified: 'egress_private',
  multicast: 'egress_private',
  reserved_address: 'egress_private',
  unresolvable: 'egress_unresolvable',
  redirect: 'egress_malformed',
}
