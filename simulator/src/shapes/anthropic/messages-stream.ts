import { wordAt, type Answer } from '../../answer.ts'
import type { PricedModel } from '../../billing/prices.ts'
import type { Tokens } from '../../billing/tokens.ts'
import type { JsonObject } from '../../json.ts'
import type { Call } from '../../provider.ts'
import type { Frame } from '../../reply.ts'
import { messageUsage, stopReasonOf } from './messages-usage.ts'

function event(body: JsonObject & { type: string }, padding = ''): string {
  return `event: ${body.type}\ndata: ${JSON.stringify(body)}${padding}\n\n`
}

/** A stream's frames in the documented order; usage comes in `message_start` and, cumulative, in `message_delta`. */
export function* messageFrames(call: Call, model: PricedModel, answer: Answer, tokens: Tokens): Generator<Frame> {
  const message = {
    id: call.completionId,
    type: 'message',
    role: 'assistant',
    model: model.answersAs,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(call.directives.noUsage ? {} : { usage: messageUsage(tokens, 1) }),
  }
  // Lines of the real stream end in blanks at times; parsers must not mind.
  yield { text: event({ type: 'message_start', message }, '   ') }
  yield* blockFrames(call, answer)
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = messageUsage(tokens)
  const usage: JsonObject = { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens }
  if (tokens.reasoning > 0) usage['output_tokens_details'] = { thinking_tokens: tokens.reasoning }
  const delta = { stop_reason: stopReasonOf(answer), stop_sequence: null }
  yield {
    text: event({ type: 'message_delta', delta, ...(call.directives.noUsage ? {} : { usage }) }),
    output: answer.excess,
  }
  yield { text: event({ type: 'message_stop' }), done: true }
}

const PING = 'event: ping\ndata: {"type": "ping"}\n\n'

function* blockFrames(call: Call, answer: Answer): Generator<Frame> {
  let index = 0
  if (answer.reasoningWords > 0) {
    yield { text: event({ type: 'content_block_start', index, content_block: { type: 'thinking', thinking: '', signature: '' } }) }
    for (let place = 0; place < answer.reasoningWords; place++) {
      yield { text: deltaEvent(index, { type: 'thinking_delta', thinking: wordAt(place) }), reasoning: 1 }
    }
    yield { text: deltaEvent(index, { type: 'signature_delta', signature: `sig_${call.serial}` }) }
    yield { text: event({ type: 'content_block_stop', index }) }
    index += 1
  }
  const { toolCall } = answer
  const block: JsonObject = toolCall
    ? { type: 'tool_use', id: `toolu_${call.serial}`, name: toolCall.name, input: {} }
    : { type: 'text', text: '' }
  yield { text: event({ type: 'content_block_start', index, content_block: block }), output: toolCall ? 1 : 0 }
  yield { text: PING }
  if (toolCall) {
    yield { text: deltaEvent(index, { type: 'input_json_delta', partial_json: '' }) }
    for (const piece of toolCall.pieces) yield { text: deltaEvent(index, { type: 'input_json_delta', partial_json: piece }), output: 1 }
  } else {
    for (let place = 0; place < answer.words; place++) {
      yield { text: deltaEvent(index, { type: 'text_delta', text: wordAt(place) }), output: 1 }
    }
  }
  yield { text: event({ type: 'content_block_stop', index }) }
}

function deltaEvent(index: number, delta: JsonObject): string {
  return event({ type: 'content_block_delta', index, delta })
}
