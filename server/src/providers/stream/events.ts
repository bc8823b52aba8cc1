const LF = 0x0a
const CR = 0x0d

export type EventSplitter = { push(chunk: Buffer): void; end(): void }

/**
 * Cuts a byte stream into events, however the network cut it: `sse` ends an event at a blank line, `lines` at each line (NDJSON).
 * Line ends may be LF, CRLF or CR. Events come out whole, with their terminator, and together are the stream byte for byte; only
 * an unfinished event is held back. An event over `maxBytes` comes out in pieces with `whole` false, so that memory stays bounded.
 * Events that lie within one chunk are views into it, not copies.
 */
export function createEventSplitter(framing: 'sse' | 'lines', maxBytes: number, onEvent: (bytes: Buffer, whole: boolean) => void): EventSplitter {
  let held: Buffer[] = []
  let heldBytes = 0
  let oversize = false
  /** Nothing stands on the current line yet: a line end here is a blank line. */
  let lineIsEmpty = true
  /** The last byte was a CR, so an LF that follows belongs to the same line end. */
  let afterCr = false
  /** That CR closed the event; it is given out once it is known whether an LF follows. */
  let closing = false

  function give(rest: Buffer): void {
    const whole = !oversize && heldBytes + rest.length <= maxBytes
    const bytes = held.length === 0 ? rest : Buffer.concat([...held, rest])
    held = []
    heldBytes = 0
    oversize = false
    closing = false
    if (bytes.length > 0) onEvent(bytes, whole)
  }

  function hold(rest: Buffer): void {
    if (rest.length === 0) return
    held.push(rest)
    heldBytes += rest.length
    if (!oversize && heldBytes <= maxBytes) return
    oversize = true
    onEvent(Buffer.concat(held), false)
    held = []
    heldBytes = 0
  }

  function push(chunk: Buffer): void {
    let start = 0
    let at = 0
    let lf = chunk.indexOf(LF)
    let cr = chunk.indexOf(CR)
    while (at < chunk.length) {
      if (afterCr) {
        afterCr = false
        if (chunk[at] === LF) at++
        if (closing) {
          give(chunk.subarray(start, at))
          start = at
        }
        continue
      }
      if (lf !== -1 && lf < at) lf = chunk.indexOf(LF, at)
      if (cr !== -1 && cr < at) cr = chunk.indexOf(CR, at)
      const lineEnd = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr)
      if (lineEnd === -1) {
        lineIsEmpty = false
        break
      }
      closing = framing === 'lines' || (lineIsEmpty && lineEnd === at)
      lineIsEmpty = true
      at = lineEnd + 1
      afterCr = chunk[lineEnd] === CR
      if (closing && !afterCr) {
        give(chunk.subarray(start, at))
        start = at
      }
    }
    hold(chunk.subarray(start))
  }

  return { push, end: () => give(Buffer.alloc(0)) }
}
