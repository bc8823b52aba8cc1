import { asList, asObject, parseJson } from '../json.ts'
import type { ProviderName } from '../provider.ts'
import { createEventSplitter } from './events.ts'
import { dataOf, valueStartOf } from './frames.ts'
import { MAX_EVENT_BYTES } from './scanner.ts'

/** Bytes go in as the upstream sent them and come out as the client may see them. */
export type UsageHider = { push(chunk: Buffer): Buffer[]; end(): Buffer[] }

/**
 * Takes the extra usage chunk (`choices: []` with a usage object) out of a chat stream: for clients that did not ask for it, where the
 * gateway did. Everything else passes byte for byte, also chunks that carry usage beside choices, and Azure's first chunk, which has
 * no choices either. Only an unfinished event is held back. `_provider` is named for the day one of them differs.
 */
export function createUsageHider(_provider: ProviderName): UsageHider {
  let passed: Buffer[] = []
  const splitter = createEventSplitter('sse', MAX_EVENT_BYTES, (event, whole) => {
    if (!whole || !isUsageChunk(event)) pass(event)
  })

  /** Events that lie side by side in one chunk go out as one piece. */
  function pass(event: Buffer): void {
    const last = passed.at(-1)
    if (last !== undefined && last.buffer === event.buffer && last.byteOffset + last.length === event.byteOffset) {
      passed[passed.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + event.length)
    } else {
      passed.push(event)
    }
  }

  function take(): Buffer[] {
    const taken = passed
    passed = []
    return taken
  }

  return {
    push: (chunk) => {
      splitter.push(chunk)
      return take()
    },
    end: () => {
      splitter.end()
      return take()
    },
  }
}

function isUsageChunk(event: Buffer): boolean {
  const text = event.toString('latin1')
  if (valueStartOf(text, 'usage') !== '{' || valueStartOf(text, 'choices') !== '[') return false
  const frame = asObject(parseJson(dataOf(event) ?? ''))
  return (
    Array.isArray(frame.choices) &&
    asList(frame.choices).length === 0 &&
    Object.keys(asObject(frame.usage)).length > 0 &&
    frame.error === undefined
  )
}
