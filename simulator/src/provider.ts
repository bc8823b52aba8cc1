import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Ledger } from './billing/ledger.ts'
import type { Directives } from './directives.ts'
import type { Json, JsonObject } from './json.ts'

export const PROVIDER_NAMES = [
  'openai',
  'anthropic',
  'google',
  'groq',
  'ollama',
  'mistral',
  'cohere',
  'deepseek',
  'azure',
  'openrouter',
] as const
export type ProviderName = (typeof PROVIDER_NAMES)[number]

/** What can go wrong, named once; each provider has its own status and body for it. */
export type FailureKind =
  | 'missing_key'
  | 'wrong_credential'
  | 'invalid_key'
  | 'no_credit'
  | 'blocked'
  | 'restricted'
  | 'bad_request'
  | 'unsupported_parameter'
  | 'unprocessable'
  | 'context_length'
  | 'content_filter'
  | 'not_found'
  | 'model_not_found'
  | 'request_too_large'
  | 'timeout'
  | 'rate_limited'
  | 'insufficient_quota'
  | 'server_error'
  | 'overloaded'

export interface Failure {
  kind: FailureKind
  /** Replaces the status that the provider gives this kind. */
  status?: number
  /** Replaces the provider's own text. */
  message?: string
  param?: string
  code?: string
  model?: string
  retryAfterS?: number
  /** Further members for dialects that carry them (Mistral's validation list). */
  detail?: Json
}

/** A refusal in a provider's own form. */
export interface Refusal {
  status: number
  body: Json
  headers?: OutgoingHttpHeaders
}

/** What a key does, read from its text. */
export type KeyBehaviour = 'good' | 'invalid' | 'nocredit' | 'blocked' | 'restricted' | 'throttled' | 'down' | 'hang' | 'reset'

/** What a request presented: a key, nothing, or something this provider does not take. */
export interface Credential {
  key?: string
  failure?: Failure
}

/**
 * `public` asks for no key, `check` is free of charge, `generate` costs money and enters the ledger,
 * `own` looks at the key itself.
 */
export type Access = 'public' | 'check' | 'generate' | 'own'

export interface Route {
  method: 'GET' | 'POST'
  /** Below the provider's mount; a pattern's groups arrive decoded as `params`. */
  path: string | RegExp
  access: Access
  handle: (call: Call) => Promise<void> | void
}

export interface Provider {
  name: ProviderName
  routes: Route[]
  /** Reads only this provider's own auth header. */
  credential: (headers: IncomingHttpHeaders, path: string, query: URLSearchParams) => Credential
  refuse: (failure: Failure, call: Call) => Refusal
  /** Request id (empty where only bodies carry one) and headers of every answer; `serial` is 24 hex digits, unique. */
  identify: (serial: string) => { requestId: string; headers: OutgoingHttpHeaders }
  /** Does an account without money fail the free calls too? (Some answer them as ever.) */
  moneyGuardsChecks: boolean
  /** Does a restricted key still generate? (OpenAI's scopes are per endpoint.) */
  restrictedKeysGenerate?: boolean
}

/** One request on its way through the simulator. */
export interface Call {
  provider: Provider
  route: Route
  req: IncomingMessage
  res: ServerResponse
  path: string
  query: URLSearchParams
  params: string[]
  key: string | undefined
  behaviour: KeyBehaviour
  body: JsonObject
  serial: string
  requestId: string
  headers: OutgoingHttpHeaders
  directives: Directives
  ledger: Ledger
  /** Known once the request has been read; for the ledger. */
  model: string | null
  stream: boolean
  completionId: string
}
