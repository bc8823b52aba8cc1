import type { RequestFacts } from './facts.ts'

/** What a chat template may put around a text that the JSON around it does not outweigh. */
const TEMPLATE_TOKENS = 64
/** The hidden instructions that providers add when tools are there (Anthropic's are some hundreds of tokens). */
const TOOL_INSTRUCTION_TOKENS = 1024

/**
 * An upper bound of a request's input tokens, or null when its bytes do not bound them: images, audio, files, earlier answers and tools
 * that the provider runs; then the model's context limit is all that bounds it. A token of text is at least one byte of UTF-8, and JSON
 * never writes text shorter than its UTF-8, so the size of the body bounds its texts.
 */
export function inputTokensUpperBound(body: Buffer, facts: RequestFacts): number | null {
  if (facts.inputByReference || facts.serverTools) return null
  return body.length + TEMPLATE_TOKENS + (facts.tools ? TOOL_INSTRUCTION_TOKENS : 0)
}
