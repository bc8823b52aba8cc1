import type { PricedModel } from '../../billing/prices.ts'
import { numberOf, type JsonObject } from '../../json.ts'
import type { Failure } from '../../provider.ts'
import { modelOfBody, plainMessage, usageTotals } from './chat.ts'
import type { ChatDialect } from './chat-dialect.ts'
import { dataFrame } from './chat-stream.ts'
import { OPENAI_ERRORS, openAiErrorBody } from './errors.ts'

const REASONING_MODEL = /^(o\d|gpt-5)/
const SAMPLING = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'logprobs', 'top_logprobs']

/** What OpenAI (and Azure) refuse: `max_tokens` and sampling fields on reasoning models, caps above the model's. */
function checkOpenAiBody(body: JsonObject, model: PricedModel): Failure | undefined {
  if (REASONING_MODEL.test(model.model)) {
    if (body['max_tokens'] !== undefined && body['max_tokens'] !== null) {
      return {
        kind: 'unsupported_parameter',
        param: 'max_tokens',
        message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      }
    }
    const refused = SAMPLING.find((name) => body[name] !== undefined && body[name] !== null && body[name] !== 1)
    if (refused !== undefined) {
      return {
        kind: 'unsupported_parameter',
        param: refused,
        message: `Unsupported parameter: '${refused}' is not supported with this model.`,
      }
    }
  }
  const cap = eitherCap(body)
  if (cap !== undefined && (cap < 1 || cap > model.maxOutputTokens)) {
    const param = body['max_completion_tokens'] === undefined ? 'max_tokens' : 'max_completion_tokens'
    return {
      kind: 'bad_request',
      code: 'invalid_value',
      param,
      message: `${param} must lie between 1 and ${model.maxOutputTokens} for this model.`,
    }
  }
  return undefined
}

/** `max_completion_tokens`, else the older `max_tokens`. */
function eitherCap(body: JsonObject): number | undefined {
  return numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens'])
}

/** OpenAI's own usage object; cached and reasoning tokens are parts of the totals. */
const openAiUsage: ChatDialect['usage'] = (tokens, _call, model) => {
  const details: JsonObject = { cached_tokens: tokens.cache_read, audio_tokens: 0 }
  if (model.reports.cacheWrite) details['cache_write_tokens'] = tokens.cache_write
  return {
    ...usageTotals(tokens),
    prompt_tokens_details: details,
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** OpenAI's dialect; the others of this shape are this with what differs put over it. */
export const OPENAI_DIALECT: ChatDialect = {
  completionId: (call) => `chatcmpl-${call.serial}`,
  envelope: () => ({ service_tier: 'default', system_fingerprint: 'fp_simulator' }),
  plainExtras: () => ({}),
  choiceExtras: () => ({ logprobs: null }),
  message: (answer, call, dialect) => ({ ...plainMessage(answer, call, dialect), refusal: null, annotations: [] }),
  usage: openAiUsage,
  usageAt: 'extra_if_asked',
  reportsCache: true,
  wholeToolCalls: false,
  toolCallId: (call) => `call_${call.serial}`,
  toolCall: (id, name, argumentsText) => ({ id, type: 'function', function: { name, arguments: argumentsText } }),
  choices: (body) => Math.max(1, Math.floor(numberOf(body['n']) ?? 1)),
  cap: eitherCap,
  model: modelOfBody,
  check: checkOpenAiBody,
  obfuscates: true,
  opening: () => [],
  firstDelta: { refusal: null },
  firstExtras: () => ({}),
  finishExtras: () => ({}),
  errorFrames: (failure, call) => [dataFrame(openAiErrorBody(failure, call, OPENAI_ERRORS).body)],
}
