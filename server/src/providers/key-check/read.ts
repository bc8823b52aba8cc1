import { readErrorBody } from '../errors/error-body.ts'
import { parseJson } from '../json.ts'
import type { KeyCheck, KeyCheckOutcome, KeyCheckReason, ProviderName } from '../provider.ts'
import { providerOf } from '../registry.ts'

type Rule = readonly [statuses: readonly number[], pattern: RegExp, outcome: KeyCheckOutcome, reason: KeyCheckReason]

/** What the body says goes before the bare status. Looked up in the machine words and the message together. */
const BODY_RULES: readonly Rule[] = [
  [
    [400, 402, 403, 429],
    /insufficient_quota|credit_balance_exhausted|spend_limit|usage_limit_exceeded|blocked_api_access|key limit exceeded/i,
    'valid_no_credit',
    'quota_exhausted',
  ],
  [
    [400, 402, 403, 429],
    /credit balance is too low|billing_error|insufficient balance|payment_required|specified API usage limits/i,
    'valid_no_credit',
    'no_credit',
  ],
  [
    [401, 403],
    /missing scopes?|insufficient permissions?|model_permission_blocked|lacks the required|does not have permission/i,
    'valid_restricted',
    'scope_missing',
  ],
  [
    [401, 403],
    /unsupported_country|country, region|region.{0,20}not supported|in your region|from this location/i,
    'blocked',
    'region_blocked',
  ],
  [[401, 403], /\bIP (?:address )?(?:is )?not (?:authorized|allowed)|IP address/i, 'blocked', 'address_blocked'],
  [[401, 403], /virtual network|firewall|private endpoint|public access is disabled|network settings/i, 'blocked', 'network_blocked'],
  [
    [401, 403],
    /member of an organization|mismatched_(?:organization|project)|header should match|organization has been disabled|account.{0,20}(?:deactivated|disabled|suspended)/i,
    'blocked',
    'account_blocked',
  ],
]

/** What a bare status means for a key, when neither the provider's own rules nor the body say more. */
const STATUS_RULES: Readonly<Record<number, readonly [KeyCheckOutcome, KeyCheckReason]>> = {
  401: ['invalid', 'key_refused'],
  402: ['valid_no_credit', 'no_credit'],
  403: ['blocked', 'forbidden'],
  404: ['unknown', 'endpoint_not_found'],
  429: ['valid_throttled', 'rate_limited'],
}

/**
 * What an answer to the key check says of the key. `unknown` when nothing was learned: a fault of the provider, a redirect, an answer
 * that is not the provider's (a proxy's page with status 200), a path that is not there.
 */
export function readKeyCheck(
  provider: ProviderName,
  status: number,
  _headers: Readonly<Record<string, unknown>>,
  bodyText: string,
): KeyCheck {
  const answer = parseJson(bodyText)
  const own = providerOf(provider).readKeyCheck(status, answer, bodyText)
  if (own !== null) return own
  if (status === 200) return isModelList(answer) ? { outcome: 'valid', reason: 'ok' } : { outcome: 'unknown', reason: 'unreadable_answer' }
  if (status >= 500) return { outcome: 'unknown', reason: 'provider_error' }
  if (status >= 300 && status < 400) return { outcome: 'unknown', reason: 'redirected' }
  const error = readErrorBody(bodyText)
  const said = `${error.words} ${error.message}`
  const rule = BODY_RULES.find(([statuses, pattern]) => statuses.includes(status) && pattern.test(said))
  if (rule !== undefined) return { outcome: rule[2], reason: rule[3] }
  const [outcome, reason] = STATUS_RULES[status] ?? ['unknown', 'unexpected_status']
  return { outcome, reason }
}

/** `{data: […]}` of OpenAI's and Anthropic's kind, `{models: […]}` of Gemini's, or the bare list of some compatible servers. */
function isModelList(answer: unknown): boolean {
  if (Array.isArray(answer)) return true
  if (typeof answer !== 'object' || answer === null) return false
  return ('data' in answer && Array.isArray(answer.data)) || ('models' in answer && Array.isArray(answer.models))
}
