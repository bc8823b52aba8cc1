import type { Dialect } from '../../providers/provider.ts'

/** What the last event of a stream has in it, in the dialects that have a last event. */
const marks: Readonly<Partial<Record<Dialect, string>>> = { 'openai-chat': '[DONE]', 'anthropic-messages': 'message_stop' }

/** The mark is looked for in so many last bytes of a chunk: an end is at the end, whatever blanks pad it. */
const tailBytes = 256

/**
 * Tells, chunk by chunk, whether the mark of a stream's last event has come, however the network cut it. A text may hold the same letters:
 * a yes says that this may be the end, not that it is.
 */
export function createEndWatch(dialect: Dialect): (chunk: Buffer) => boolean {
  const mark = marks[dialect]
  if (mark === undefined) return () => false
  const keep = mark.length - 1
  let carry = ''
  return (chunk) => {
    const seam = carry + chunk.toString('latin1', 0, keep)
    carry = chunk.length >= keep ? chunk.toString('latin1', chunk.length - keep) : (carry + chunk.toString('latin1')).slice(-keep)
    return seam.includes(mark) || chunk.indexOf(mark, Math.max(0, chunk.length - tailBytes), 'latin1') !== -1
  }
}
