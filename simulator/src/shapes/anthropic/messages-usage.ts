import type { Answer } from '../../answer.ts'
import type { Tokens } from '../../billing/tokens.ts'
import type { JsonObject } from '../../json.ts'

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const

/** The usage object; input excludes both cache buckets. `output` lets a stream report what it has so far. */
export function messageUsage(tokens: Tokens, output = tokens.output + tokens.reasoning): JsonObject {
  return {
    input_tokens: tokens.input,
    cache_creation_input_tokens: tokens.cache_write,
    cache_read_input_tokens: tokens.cache_read,
    cache_creation: { ephemeral_5m_input_tokens: tokens.cache_write, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: 'standard',
  }
}

/** The stop reason in this dialect. */
export function stopReasonOf(answer: Answer): string {
  return STOP_REASONS[answer.finish]
}
