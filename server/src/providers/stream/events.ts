export type EventSplitter = { push(chunk: Buffer): void; end(): void }

/** Takes an event, or with `whole` false a piece of one that is too large to be held. */
type OnEvent = (bytes: Buffer, whole: boolean) => void

/**
 * Cuts a byte stream into events, however the network cut it: `sse` ends an event at a blank line, `lines` at each line (NDJSON).
 * Line ends may be LF, CRLF or CR. Events come out whole, with their terminator, and together are the stream byte for byte; only
 * an unfinished event is held back. An event over `maxBytes` comes out in pieces with `whole` false, so that memory stays bounded.
 * Events that lie within one chunk are views into it, not copies.
 */
export function createEventSplitter(framing: 'sse' | 'lines', maxBytes: number, onEvent: OnEvent): EventSplitter {
  const unfinished = createUnfinished(maxBytes, onEvent)
  /** Nothing stands on the current line yet: a line end here is a blank line. */
  let lineIsEmpty = true
  /** The last byte was a CR, so an LF that follows belongs to the same line end. */
  let afterCr = false
  /** That CR closed the event; it is given out once it is known whether an LF follows. */
  let closing = false

  function push(chunk: Buffer): void {
    // As Latin-1, byte for byte: searching a string costs a fraction of searching a Buffer.
    const text = chunk.toString('latin1')
    let start = 0
    let at = 0
    let lf = text.indexOf('\n')
    let cr = text.indexOf('\r')
    while (at < chunk.length) {
      let ends = closing
      if (afterCr) {
        afterCr = false
        if (lf === at) at++
      } else {
        if (lf !== -1 && lf < at) lf = text.indexOf('\n', at)
        if (cr !== -1 && cr < at) cr = text.indexOf('\r', at)
        const lineEnd = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr)
        if (lineEnd === -1) {
          lineIsEmpty = false
          break
        }
        closing = framing === 'lines' || (lineIsEmpty && lineEnd === at)
        lineIsEmpty = true
        at = lineEnd + 1
        afterCr = lineEnd === cr
        ends = closing && !afterCr
      }
      if (!ends) continue
      closing = false
      unfinished.finish(chunk.subarray(start, at))
      start = at
    }
    unfinished.hold(chunk.subarray(start))
  }

  return { push, end: () => unfinished.finish(Buffer.alloc(0)) }
}

/** The event that is not over yet, as far as it has come. */
function createUnfinished(maxBytes: number, onEvent: OnEvent) {
  let held: Buffer[] = []
  let heldBytes = 0
  let isOversize = false

  function give(rest: Buffer, whole: boolean): void {
    const bytes = held.length === 0 ? rest : Buffer.concat([...held, rest])
    held = []
    heldBytes = 0
    if (bytes.length > 0) onEvent(bytes, whole)
  }

  return {
    hold(rest: Buffer): void {
      isOversize ||= heldBytes + rest.length > maxBytes
      if (isOversize) return give(rest, false)
      if (rest.length === 0) return
      held.push(rest)
      heldBytes += rest.length
    },
    finish(rest: Buffer): void {
      const whole = !isOversize && heldBytes + rest.length <= maxBytes
      isOversize = false
      give(rest, whole)
    },
  }
}
