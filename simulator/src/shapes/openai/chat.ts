import { wordsText, type Answer, type Tool } from '../../answer.ts'
import { findModel, type PricedModel } from '../../billing/prices.ts'
import { countMessages, promptTokens, type Tokens } from '../../billing/tokens.ts'
import { generate, refuse } from '../../generate.ts'
import { arrayOf, objectOf, stringOf, type JsonObject } from '../../json.ts'
import type { Call } from '../../provider.ts'
import type { ChatDialect } from './chat-dialect.ts'
import { chatFrames } from './chat-stream.ts'

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
