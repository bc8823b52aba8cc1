import { wordAt, wordsText, type Answer } from '../answer.ts'
import type { PricedModel } from '../billing/prices.ts'
import { countMessages, promptTokens, type Tokens } from '../billing/tokens.ts'
import { generate, refuse } from '../generate.ts'
import { arrayOf, numberOf, objectOf, type Json, type JsonObject } from '../json.ts'
import type { Call } from '../provider.ts'
import type { Frame } from '../reply.ts'
import { toolsOf } from './openai/chat.ts'

function messageOf(content: string, thinking?: string): JsonObject {
  return thinking === undefined ? { role: 'assistant', content } : { role: 'assistant', content, thinking }
}

function toolMessage(answer: Answer): JsonObject {
  const { toolCall } = answer
  if (!toolCall) return messageOf('')
  // Arguments are an object here, not a string.
  return { ...messageOf(''), tool_calls: [{ function: { name: toolCall.name, arguments: argumentsOf(toolCall.argumentsText) } }] }
}

function argumentsOf(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

function lastPart(call: Call, answer: Answer, tokens: Tokens): JsonObject {
  const counts: JsonObject = { eval_count: tokens.output + tokens.reasoning, eval_duration: 50_000_000 }
  // A prompt of nothing new has no count at all.
  if (promptTokens(tokens) > 0) counts['prompt_eval_count'] = promptTokens(tokens)
  return {
    done_reason: answer.finish === 'length' ? 'length' : 'stop',
    done: true,
    total_duration: 60_000_000,
    load_duration: 1_000_000,
    prompt_eval_duration: 5_000_000,
    ...(call.directives.noUsage ? {} : counts),
  }
}

function* chatLines(call: Call, head: JsonObject, answer: Answer, tokens: Tokens): Generator<Frame> {
  const line = (fields: JsonObject) => `${JSON.stringify({ ...head, ...fields })}\n`
  for (let place = 0; place < answer.reasoningWords; place++) {
    yield { text: line({ message: messageOf('', wordAt(place)), done: false }), reasoning: 1 }
  }
  if (answer.toolCall) yield { text: line({ message: toolMessage(answer), done: false }), output: 1 + answer.toolCall.pieces.length }
  for (let place = 0; place < answer.words; place++) yield { text: line({ message: messageOf(wordAt(place)), done: false }), output: 1 }
  yield { text: line({ message: messageOf(''), ...lastPart(call, answer, tokens) }), output: answer.excess }
}

/** Serves Ollama's own `POST /api/chat`: NDJSON unless `stream` is false. */
export function serveOllamaChat(call: Call, model: PricedModel | undefined): Promise<void> | void {
  const { body } = call
  call.stream = body['stream'] !== false
  if (!model) return refuse(call, { kind: 'bad_request', message: 'model is required' })
  if (arrayOf(body['messages']).length === 0) return refuse(call, { kind: 'bad_request', message: 'messages are required' })
  const head = { model: model.model, created_at: new Date().toISOString() }
  return generate(call, {
    model,
    prompt: countMessages(body['messages']),
    stream: call.stream,
    cap: numberOf(objectOf(body['options'])?.['num_predict']),
    tools: toolsOf(body),
    choices: 1,
    reportsCache: false,
    contentType: 'application/x-ndjson',
    plain(answer, tokens) {
      const thinking = answer.reasoningWords > 0 ? wordsText(answer.reasoningWords) : undefined
      const message = answer.toolCall ? toolMessage(answer) : messageOf(wordsText(answer.words), thinking)
      return JSON.stringify({ ...head, message, ...lastPart(call, answer, tokens) })
    },
    frames: (answer, tokens) => chatLines(call, head, answer, tokens),
    errorFrames: () => ['{"error":"an error was encountered while running the model"}\n'],
  })
}
