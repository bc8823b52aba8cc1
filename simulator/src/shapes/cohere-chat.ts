import { wordAt, wordsText, type Answer } from '../answer.ts'
import type { PricedModel } from '../billing/prices.ts'
import { countMessages, type Tokens } from '../billing/tokens.ts'
import { generate, refuse } from '../generate.ts'
import { arrayOf, numberOf, stringOf, type Json, type JsonObject } from '../json.ts'
import type { Call } from '../provider.ts'
import type { Frame } from '../reply.ts'
import { modelOfBody, toolsOf } from './openai/chat.ts'

const FINISH = { stop: 'COMPLETE', length: 'MAX_TOKENS', tool_calls: 'TOOL_CALL' } as const
const TOOL_PLAN = 'I will use a tool.'

/** Tokens that are processed but not billed: the service's own preamble. */
const PREAMBLE_TOKENS = 500

/** Billed units, processed tokens and cached tokens: three independent figures, of which the first is the bill. */
function usageOf(call: Call, tokens: Tokens): JsonObject {
  const output = tokens.output + tokens.reasoning
  return {
    billed_units: { input_tokens: tokens.input, output_tokens: output },
    tokens: { input_tokens: tokens.input + PREAMBLE_TOKENS, output_tokens: output + 3 },
    cached_tokens: call.directives.cached,
  }
}

function toolCallOf(call: Call, name: string, argumentsText: string): JsonObject {
  return { id: `${name}_${call.serial.slice(-12)}`, type: 'function', function: { name, arguments: argumentsText } }
}

function messageOf(call: Call, answer: Answer): JsonObject {
  const { toolCall } = answer
  if (toolCall) return { role: 'assistant', tool_plan: TOOL_PLAN, tool_calls: [toolCallOf(call, toolCall.name, toolCall.argumentsText)] }
  const content: Json[] = []
  if (answer.reasoningWords > 0) content.push({ type: 'thinking', thinking: wordsText(answer.reasoningWords) })
  content.push({ type: 'text', text: wordsText(answer.words) })
  return { role: 'assistant', content }
}

function event(body: JsonObject & { type: string }): string {
  return `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`
}

function* chatEvents(call: Call, answer: Answer, tokens: Tokens): Generator<Frame> {
  const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  yield { text: event({ id: call.completionId, type: 'message-start', delta: { message } }) }
  if (answer.toolCall) yield* toolEvents(call, answer.toolCall)
  else yield* contentEvents(answer)
  const usage = call.directives.noUsage ? {} : { usage: usageOf(call, tokens) }
  yield { text: event({ type: 'message-end', delta: { finish_reason: FINISH[answer.finish], ...usage } }), output: answer.excess }
  yield { text: 'data: [DONE]\n\n', done: true }
}

function* contentEvents(answer: Answer): Generator<Frame> {
  let index = 0
  const content = (value: JsonObject) => ({ message: { content: value } })
  if (answer.reasoningWords > 0) {
    yield { text: event({ type: 'content-start', index, delta: content({ type: 'thinking', thinking: '' }) }) }
    for (let place = 0; place < answer.reasoningWords; place++) {
      yield { text: event({ type: 'content-delta', index, delta: content({ thinking: wordAt(place) }) }), reasoning: 1 }
    }
    yield { text: event({ type: 'content-end', index }) }
    index += 1
  }
  yield { text: event({ type: 'content-start', index, delta: content({ type: 'text', text: '' }) }) }
  for (let place = 0; place < answer.words; place++) {
    yield { text: event({ type: 'content-delta', index, delta: content({ text: wordAt(place) }) }), output: 1 }
  }
  yield { text: event({ type: 'content-end', index }) }
}

function* toolEvents(call: Call, toolCall: NonNullable<Answer['toolCall']>): Generator<Frame> {
  yield { text: event({ type: 'tool-plan-delta', delta: { message: { tool_plan: TOOL_PLAN } } }) }
  // In a stream `tool_calls` is one object, not a list.
  yield {
    text: event({ type: 'tool-call-start', index: 0, delta: { message: { tool_calls: toolCallOf(call, toolCall.name, '') } } }),
    output: 1,
  }
  for (const piece of toolCall.pieces) {
    const delta = { message: { tool_calls: { function: { arguments: piece } } } }
    yield { text: event({ type: 'tool-call-delta', index: 0, delta }), output: 1 }
  }
  yield { text: event({ type: 'tool-call-end', index: 0 }) }
}

/** Serves Cohere's own `POST /v2/chat`; its answers name no model. */
export function serveCohereChat(call: Call): Promise<void> | void {
  const { body } = call
  call.stream = body['stream'] === true
  const model: PricedModel | undefined = modelOfBody(call)
  if (!model) return refuse(call, { kind: 'model_not_found', model: stringOf(body['model']) })
  if (arrayOf(body['messages']).length === 0)
    return refuse(call, { kind: 'bad_request', message: 'invalid request: messages must not be empty' })
  return generate(call, {
    model,
    prompt: countMessages(body['messages']),
    stream: call.stream,
    cap: numberOf(body['max_tokens']),
    tools: toolsOf(body),
    choices: 1,
    // Cached tokens are told, but the bill is in billed units alone.
    reportsCache: false,
    contentType: 'text/event-stream',
    plain(answer, tokens) {
      const usage = call.directives.noUsage ? {} : { usage: usageOf(call, tokens) }
      return JSON.stringify({ id: call.completionId, finish_reason: FINISH[answer.finish], message: messageOf(call, answer), ...usage })
    },
    frames: (answer, tokens) => chatEvents(call, answer, tokens),
    errorFrames: () => [event({ type: 'message-end', delta: { finish_reason: 'ERROR', error: 'internal server error' } })],
  })
}
