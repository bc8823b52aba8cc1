const EMPTY = Buffer.alloc(0)

/** What a reader tells: the head without its last empty line, the body piece by piece without chunk marks, and the end. */
export type MessageEvents = { head(text: string): void; body(piece: Buffer): void; end(): void }

/**
 * Reads HTTP/1.1 messages off one connection: bodies by Content-Length or in chunks, none otherwise. As little work as can be,
 * since mock and generator share one core.
 * @returns what to give each piece that arrives; throws at what it cannot read
 */
export function createMessageReader(events: MessageEvents): (piece: Buffer) => void {
  let state: 'head' | 'fixed' | 'size' | 'chunk' | 'trailer' = 'head'
  let remaining = 0
  let rest: Buffer = EMPTY

  const finish = (): void => {
    state = 'head'
    events.end()
  }

  /** The rest of a body or a chunk, as far as it is here. Answers the new place. */
  const take = (input: Buffer, at: number): number => {
    const end = Math.min(input.length, at + remaining)
    if (end > at) events.body(at === 0 && end === input.length ? input : input.subarray(at, end))
    remaining -= end - at
    return end
  }

  const onHead = (text: string): void => {
    events.head(text)
    const lower = text.toLowerCase()
    const length = /\r\ncontent-length: *(\d+)/.exec(lower)
    if (/\r\ntransfer-encoding: *chunked/.test(lower)) state = 'size'
    else if (length !== null && length[1] !== '0') [state, remaining] = ['fixed', Number(length[1])]
    else finish()
  }

  const onSize = (line: string): void => {
    remaining = Number.parseInt(line, 16)
    if (Number.isNaN(remaining)) throw new Error('not a chunk size')
    state = remaining === 0 ? 'trailer' : 'chunk'
  }

  /** One step forward; -1 when more is needed for it. */
  const step = (input: Buffer, at: number): number => {
    if (state === 'fixed') {
      const next = take(input, at)
      if (remaining > 0) return next === at ? -1 : next
      finish()
      return next
    }
    if (state === 'chunk' && remaining > 0) return at === input.length ? -1 : take(input, at)
    const mark = state === 'head' ? '\r\n\r\n' : '\r\n'
    const end = input.indexOf(mark, at)
    if (end === -1) return -1
    if (state === 'head') onHead(input.toString('latin1', at, end))
    else if (state === 'size') onSize(input.toString('latin1', at, end))
    else if (state === 'chunk') state = 'size'
    else if (end === at) finish()
    return end + mark.length
  }

  return (piece) => {
    const input = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let at = 0
    for (let next = step(input, at); next !== -1; next = at < input.length ? step(input, at) : -1) at = next
    rest = at === input.length ? EMPTY : input.subarray(at)
  }
}
