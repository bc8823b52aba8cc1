import { wordsText, type Answer, type Tool } from '../../answer.ts'
import { findModel, type PricedModel } from '../../billing/prices.ts'
import { countMessages, promptTokens, type Tokens } from '../../billing/tokens.ts'
import { generate, refuse } from '../../generate.ts'
import { arrayOf, objectOf, stringOf, type JsonObject } from '../../json.ts'
import type { Call, Failure } from '../../provider.ts'
import { chatFrames } from './chat-stream.ts'

/** Where a provider of this shape puts the usage of a stream (and whether it must be asked for). */
export type UsagePlace = 'extra_if_asked' | 'extra' | 'finish_if_asked' | 'finish'

/** What differs between the providers that speak OpenAI's chat completions. */
export interface ChatDialect {
  completionId: (call: Call) => string
  /** Members of the answer and of each chunk beside the common ones. */
  envelope: (call: Call, model: PricedModel) => JsonObject
  /** Members only of the whole answer. */
  plainExtras: (call: Call) => JsonObject
  /** Members of each choice beside index, message or delta and finish_reason. */
  choiceExtras: (finish: string | null, within: 'whole' | 'chunk') => JsonObject
  message: (answer: Answer, call: Call, dialect: ChatDialect) => JsonObject
  usage: (tokens: Tokens, call: Call, model: PricedModel) => JsonObject
  usageAt: UsagePlace
  reportsCache: boolean
  /** Words of thinking as a stream's deltas; undefined where they stay hidden. */
  reasoningDelta?: (text: string) => JsonObject
  /** One delta holds the whole tool call, instead of pieces of its arguments. */
  wholeToolCalls: boolean
  toolCallId: (call: Call) => string
  /** One tool call as the whole answer shows it. */
  toolCall: (id: string, name: string, argumentsText: string) => JsonObject
  /** How many answers a request gets. */
  choices: (body: JsonObject) => number
  /** Which output limit this provider obeys. */
  cap: (body: JsonObject) => number | undefined
  model: (call: Call) => PricedModel | undefined
  /** What this provider refuses in a request. */
  check: (body: JsonObject, model: PricedModel) => Failure | undefined
  obfuscates: boolean
  /** Text before the first chunk (comments, Azure's filter chunk). */
  opening: (call: Call) => string[]
  /** Fields of the finish chunk beside usage (Groq's x_groq). */
  finishExtras: (usage: JsonObject | undefined, call: Call) => JsonObject
  /** Members of the first delta beside role and content. */
  firstDelta: JsonObject
  /** First chunk's own fields (Groq's x_groq). */
  firstExtras: (call: Call) => JsonObject
  errorFrames: (failure: Failure, call: Call, model: PricedModel) => string[]
  /** Bytes sent while a whole answer is not ready. */
  idle?: string
}

/** The functions a chat request offers. */
export function toolsOf(body: JsonObject): Tool[] {
  return arrayOf(body['tools']).flatMap((tool) => {
    const fn = objectOf(objectOf(tool)?.['function'])
    const name = stringOf(fn?.['name'])
    return name === undefined ? [] : [{ name, schema: objectOf(fn?.['parameters']) }]
  })
}

/** The priced chat model that `body.model` names. */
export function modelOfBody(call: Call): PricedModel | undefined {
  const model = findModel(call.provider.name, stringOf(call.body['model']) ?? '')
  return model?.kind === 'chat' ? model : undefined
}

/** Serves a chat completion of one dialect, whole or streamed. */
export function serveChat(call: Call, dialect: ChatDialect): Promise<void> | void {
  const { body } = call
  call.completionId = dialect.completionId(call)
  call.stream = body['stream'] === true
  const name = stringOf(body['model'])
  if (!Array.isArray(body['messages']) || body['messages'].length === 0) {
    return refuse(call, { kind: 'bad_request', message: "Missing required parameter: 'messages'.", param: 'messages' })
  }
  if (name === undefined && call.params.length === 0) {
    return refuse(call, { kind: 'bad_request', message: 'You must provide a model parameter.', param: 'model' })
  }
  const model = dialect.model(call)
  if (!model) return refuse(call, { kind: 'model_not_found', model: name })
  call.model = model.model
  const failure = dialect.check(body, model)
  if (failure) return refuse(call, { model: model.model, ...failure })

  return generate(call, {
    model,
    prompt: countMessages(body['messages']),
    stream: call.stream,
    cap: dialect.cap(body),
    tools: toolsOf(body),
    choices: dialect.choices(body),
    reportsCache: dialect.reportsCache,
    contentType: 'text/event-stream; charset=utf-8',
    plain: (answer, tokens) => plainAnswer(call, dialect, model, answer, tokens),
    frames: (answer, tokens) => chatFrames(call, dialect, model, answer, tokens),
    errorFrames: () => dialect.errorFrames({ kind: 'server_error' }, call, model),
    idle: dialect.idle,
  })
}

function plainAnswer(call: Call, dialect: ChatDialect, model: PricedModel, answer: Answer, tokens: Tokens): string {
  const message = dialect.message(answer, call, dialect)
  const choice = { message, ...dialect.choiceExtras(answer.finish, 'whole'), finish_reason: answer.finish }
  return JSON.stringify({
    id: call.completionId,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: model.answersAs,
    choices: Array.from({ length: dialect.choices(call.body) }, (_, index) => ({ index, ...choice })),
    ...(call.directives.noUsage ? {} : { usage: dialect.usage(tokens, call, model) }),
    ...dialect.envelope(call, model),
    ...dialect.plainExtras(call),
  })
}

/** The common message of an answer; thinking goes under `reasoningField` where the provider shows it. */
export function plainMessage(answer: Answer, call: Call, dialect: ChatDialect, reasoningField?: string): JsonObject {
  const message: JsonObject = { role: 'assistant', content: answer.toolCall ? null : wordsText(answer.words) }
  if (reasoningField !== undefined && answer.reasoningWords > 0) message[reasoningField] = wordsText(answer.reasoningWords)
  if (answer.toolCall) {
    message['tool_calls'] = [dialect.toolCall(dialect.toolCallId(call), answer.toolCall.name, answer.toolCall.argumentsText)]
  }
  return message
}

/** The three totals that every provider of this shape reports. */
export function usageTotals(tokens: Tokens): JsonObject {
  const prompt = promptTokens(tokens)
  const completion = tokens.output + tokens.reasoning
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}
