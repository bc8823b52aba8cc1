import { asList, asObject, type Json } from '../json.ts'
import type { Dialect } from '../provider.ts'
import { valueStartOf } from './frames.ts'

/** How a dialect streams: what its frames look like from outside, and what they say once parsed. */
export type StreamShape = {
  framing: 'sse' | 'lines'
  /** Whether an event (as Latin-1) is worth parsing. It may say so of too many: the parsed frame decides. */
  tells(event: string): boolean
  /** Whether a parsed frame says that the answer is complete. */
  finishes(frame: Json): boolean
  /** Keys of the strings that are text of the answer, and the key after which they stand (null: anywhere). */
  textKeys: ReadonlySet<string>
  textAfter: string | null
}

const hasObject = (event: string, key: string): boolean => valueStartOf(event, key) === '{'
const hasText = (event: string, key: string): boolean => valueStartOf(event, key) === '"'
/** An error of any form; `"error": null` is none. */
export const hasError = (event: string): boolean => {
  const start = valueStartOf(event, 'error')
  return start !== '' && start !== 'n'
}

const openAiChat: StreamShape = {
  framing: 'sse',
  tells: (event) => hasObject(event, 'usage') || hasText(event, 'finish_reason'),
  finishes: (frame) => asList(frame.choices).some((choice) => typeof asObject(choice).finish_reason === 'string'),
  textKeys: new Set(['content', 'reasoning_content', 'reasoning', 'arguments', 'refusal', 'text', 'thinking']),
  // Chat puts its text into `delta`, completions beside it.
  textAfter: '"choices"',
}

const RESPONSE_ENDS: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

const responses: StreamShape = {
  framing: 'sse',
  tells: (event) => hasObject(event, 'usage') || event.includes('"response.failed"') || event.includes('"error"'),
  finishes: (frame) => RESPONSE_ENDS.has(frame.type),
  textKeys: new Set(['delta']),
  textAfter: null,
}

const anthropic: StreamShape = {
  framing: 'sse',
  tells: (event) => event.includes('message_st') || event.includes('message_delta'),
  finishes: (frame) => frame.type === 'message_stop' || typeof asObject(frame.delta).stop_reason === 'string',
  textKeys: new Set(['text', 'partial_json', 'thinking']),
  textAfter: '"delta"',
}

const gemini: StreamShape = {
  framing: 'sse',
  tells: (event) => hasObject(event, 'usageMetadata') || hasText(event, 'finishReason'),
  finishes: (frame) =>
    asList(frame.candidates).some((candidate) => typeof asObject(candidate).finishReason === 'string') ||
    asObject(frame.promptFeedback).blockReason !== undefined,
  textKeys: new Set(['text']),
  textAfter: null,
}

const cohere: StreamShape = {
  framing: 'sse',
  tells: (event) => event.includes('"message-end"'),
  finishes: (frame) => frame.type === 'message-end',
  textKeys: new Set(['text', 'thinking', 'tool_plan', 'arguments']),
  textAfter: '"delta"',
}

const ollama: StreamShape = {
  framing: 'lines',
  tells: (event) => valueStartOf(event, 'done') === 't',
  finishes: (frame) => frame.done === true,
  textKeys: new Set(['content', 'thinking', 'response']),
  textAfter: null,
}

export const streamShapes: Readonly<Record<Dialect, StreamShape>> = {
  'openai-chat': openAiChat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
  gemini,
  cohere,
  ollama,
}
