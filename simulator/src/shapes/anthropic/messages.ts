import { wordsText, type Answer, type Tool } from '../../answer.ts'
import { findModel, type PricedModel } from '../../billing/prices.ts'
import { countPrompt, textOfContent, type Prompt, type Tokens } from '../../billing/tokens.ts'
import { generate, refuse } from '../../generate.ts'
import { arrayOf, numberOf, objectOf, stringOf, type Json, type JsonObject } from '../../json.ts'
import type { Call, Failure } from '../../provider.ts'
import { sendJson } from '../../reply.ts'
import { anthropicRefusal } from './errors.ts'
import { messageFrames } from './messages-stream.ts'
import { messageUsage, stopReasonOf } from './messages-usage.ts'

export const NEWER_VERSION = '2026-10-21'

/** Reads system and messages by the counting rule; the system text counts as one message. */
function promptOf(body: JsonObject): Prompt {
  const contents = arrayOf(body['messages']).map((message) => {
    const fields = objectOf(message)
    return { role: stringOf(fields?.['role']) ?? '', text: textOfContent(fields?.['content']) }
  })
  const system = textOfContent(body['system'])
  if (system !== '') contents.unshift({ role: 'system', text: system })
  return countPrompt(contents)
}

function toolsOf(body: JsonObject): Tool[] {
  return arrayOf(body['tools']).flatMap((tool) => {
    const fields = objectOf(tool)
    const name = stringOf(fields?.['name'])
    return name === undefined ? [] : [{ name, schema: objectOf(fields?.['input_schema']) }]
  })
}

function modelOf(body: JsonObject): PricedModel | undefined {
  return findModel('anthropic', stringOf(body['model']) ?? '')
}

function failureOfBody(call: Call, model: PricedModel): Failure | undefined {
  const { body } = call
  const cap = numberOf(body['max_tokens'])
  if (cap === undefined) return { kind: 'bad_request', message: 'max_tokens: Field required' }
  if (cap < 1) return { kind: 'bad_request', message: 'max_tokens: must be greater than or equal to 1' }
  if (cap > model.maxOutputTokens) {
    const limit = `${cap} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.model}`
    return { kind: 'bad_request', message: `max_tokens: ${limit}` }
  }
  if (call.req.headers['anthropic-version'] === NEWER_VERSION) {
    const refused = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined)
    if (refused !== undefined) return { kind: 'bad_request', message: `${refused}: this parameter is not supported in this version` }
  }
  return undefined
}

function contentOf(call: Call, answer: Answer): Json[] {
  const content: Json[] = []
  if (answer.reasoningWords > 0) {
    content.push({ type: 'thinking', thinking: wordsText(answer.reasoningWords), signature: `sig_${call.serial}` })
  }
  const { toolCall } = answer
  if (!toolCall) content.push({ type: 'text', text: wordsText(answer.words) })
  else content.push({ type: 'tool_use', id: `toolu_${call.serial}`, name: toolCall.name, input: inputOf(toolCall.argumentsText) })
  return content
}

function inputOf(argumentsText: string): Json {
  try {
    return JSON.parse(argumentsText) as Json
  } catch {
    // Arguments that the cap cut short are no JSON; the whole answer shows none then.
    return {}
  }
}

/** Serves `POST /v1/messages`, whole or streamed. */
export function serveMessages(call: Call): Promise<void> | void {
  const { body } = call
  call.completionId = `msg_${call.serial}`
  call.stream = body['stream'] === true
  if (stringOf(body['model']) === undefined) return refuse(call, { kind: 'bad_request', message: 'model: Field required' })
  if (arrayOf(body['messages']).length === 0)
    return refuse(call, { kind: 'bad_request', message: 'messages: at least one message is required' })
  const model = modelOf(body)
  if (!model) return refuse(call, { kind: 'model_not_found', model: stringOf(body['model']) })
  call.model = model.model
  const failure = failureOfBody(call, model)
  if (failure) return refuse(call, failure)

  return generate(call, {
    model,
    prompt: promptOf(body),
    stream: call.stream,
    cap: numberOf(body['max_tokens']),
    tools: toolsOf(body),
    choices: 1,
    reportsCache: true,
    contentType: 'text/event-stream; charset=utf-8',
    plain: (answer, tokens) => plainMessage(call, model, answer, tokens),
    frames: (answer, tokens) => messageFrames(call, model, answer, tokens),
    errorFrames: () => [`event: error\ndata: ${JSON.stringify(anthropicRefusal({ kind: 'overloaded' }, call).body)}\n\n`],
  })
}

function plainMessage(call: Call, model: PricedModel, answer: Answer, tokens: Tokens): string {
  const details = tokens.reasoning > 0 ? { output_tokens_details: { thinking_tokens: tokens.reasoning } } : {}
  return JSON.stringify({
    id: call.completionId,
    type: 'message',
    role: 'assistant',
    model: model.answersAs,
    content: contentOf(call, answer),
    stop_reason: stopReasonOf(answer),
    stop_sequence: null,
    ...(call.directives.noUsage ? {} : { usage: { ...messageUsage(tokens), ...details } }),
  })
}

/** Serves `POST /v1/messages/count_tokens`: the same rule, free of charge. */
export function serveCountTokens(call: Call): void {
  if (!modelOf(call.body)) return refuse(call, { kind: 'model_not_found', model: stringOf(call.body['model']) })
  sendJson(call, { input_tokens: promptOf(call.body).inputTokens })
}
