import type { providerNames } from '@llm-manager/contract/common'
import type { Secret } from '../platform/secret.ts'

/** One of the ten providers, as the key API spells it. */
export type ProviderName = (typeof providerNames)[number]

/** A way of speaking: the shape of request, answer, stream and usage. */
export type Dialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini' | 'cohere' | 'ollama'

/** A provider key as far as a call needs it. `options`: Azure's `deployment` and `api_version`, OpenAI's `organization` and `project`. */
export type KeyTarget = { provider: ProviderName; baseUrl: string | null; secret: Secret | null; options: Record<string, unknown> }

/** The operator's own base URLs, which stand in for the defaults (`PROVIDER_BASE_URL_<NAME>`). */
export type BaseUrls = Readonly<Partial<Record<ProviderName, string>>>

/**
 * What a provider said of a key. `valid_no_credit`, `valid_throttled` and `valid_restricted`: the key is real, but has no money, is being
 * slowed, or may not do everything. `blocked`: real, refused for region, address, network or account. `unknown`: nothing was learned.
 */
export type KeyCheckOutcome = 'valid' | 'valid_no_credit' | 'valid_throttled' | 'valid_restricted' | 'blocked' | 'invalid' | 'unknown'

/** Why, as a code that never changes its meaning; the words for people are elsewhere. */
export type KeyCheckReason =
  | 'ok'
  | 'key_refused'
  | 'key_leaked'
  | 'key_class_refused'
  | 'no_credit'
  | 'quota_exhausted'
  | 'rate_limited'
  | 'scope_missing'
  | 'management_key'
  | 'account_blocked'
  | 'region_blocked'
  | 'address_blocked'
  | 'network_blocked'
  | 'forbidden'
  | 'provider_error'
  | 'endpoint_not_found'
  | 'redirected'
  | 'unreadable_answer'
  | 'unexpected_status'

export type KeyCheck = { outcome: KeyCheckOutcome; reason: KeyCheckReason }

/** A call could not even be written down; which part of the key's settings (or of the path) is at fault. */
export type Refusal = {
  refused: 'no_base_url' | 'bad_base_url' | 'no_key' | 'bad_key' | 'no_deployment' | 'dialect_not_spoken' | 'bad_path'
}

/** Fields that carry an output cap. */
export type OutputCapField = 'max_tokens' | 'max_completion_tokens' | 'max_output_tokens'

/** What to ask to learn whether a key is good: `path` comes after the base URL. */
export type KeyCheckCall = { method: 'GET' | 'POST'; path: string; body?: string }

/** One provider's own ways; what all share is in the folders beside this file. */
export type Provider = {
  name: ProviderName
  /** Null: there is no default, every key brings its own. */
  baseUrl: string | null
  /** The path that a base URL ends in. Completed when a base URL stops short of it. */
  basePath: string
  /** Endings that people paste after the base URL though they belong to a dialect; taken off. */
  pastedPaths: readonly string[]
  /** Where each dialect lives, after the base URL. What is not here is not spoken. */
  dialects: Readonly<Partial<Record<Dialect, string>>>
  needsKey: boolean
  /** The credential's headers in a dialect; null is the provider's native surface, where keys are checked. */
  authHeaders(secret: string, dialect: Dialect | null): Record<string, string>
  /** The path on the host of what lies at `path` after the base URL; null when the key's settings lack what the URL needs. */
  place(basePath: string, path: string, target: KeyTarget, model: string | null): string | null
  /** Headers that come from the key's options: option name → header name. */
  optionHeaders: Readonly<Record<string, string>>
  /** Headers of the client that this provider understands, besides those that all do. */
  clientHeaders: readonly string[]
  /** The cheapest call that proves a key. `base` is the resolved base URL. */
  keyCheck(base: URL, target: KeyTarget): KeyCheckCall
  /** What this provider alone means by an answer; null leaves it to the common rules. */
  readKeyCheck(status: number, answer: unknown, text: string): KeyCheck | null
  /** `stream_options.include_usage`: set it, leave it to the client, or take it out because it is refused. */
  streamUsage: 'force' | 'leave' | 'never'
  /** Fields of the OpenAI chat dialect whose output cap is obeyed; the first is the one to add. */
  outputCapFields(model: string): readonly [OutputCapField, ...OutputCapField[]]
  /** Models whose own name begins with the provider's name, so that `<provider>/…` is not a prefix to take off. */
  ownNames: RegExp | null
}
