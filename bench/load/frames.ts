import { MODEL, STREAM, type Shape } from './shapes.ts'

/** A content frame of a stream: fixed text around `<id> <number> <sent at, in µs> `, each with leading zeros. */
export const CONTENT_MARK = '00000000 0000 0000000000000000 '
const chunk = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000, model: MODEL, service_tier: 'default' }

export const CONTENT_FRAME = frame([{ index: 0, delta: { content: CONTENT_MARK }, logprobs: null, finish_reason: null }], null)
export const CONTENT_AT = CONTENT_FRAME.indexOf(CONTENT_MARK)

/** What follows the last content frame: why it ended, what was used, and the end of the stream. */
export function lastFrames(shape: Shape): Buffer {
  const { input, output } = shape.tokens
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
  const finish = frame([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], null)
  return Buffer.concat([finish, frame([], usage), Buffer.from('data: [DONE]\n\n')])
}

/** Now, in microseconds of the machine's steady clock, the same in every process. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/** Splits a stream into its frames, wherever the network cut it. */
export function createFrameReader(onFrame: (frame: Buffer) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (piece) => {
    const input = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let at = 0
    for (let end = input.indexOf('\n\n'); end !== -1; end = input.indexOf('\n\n', at)) {
      onFrame(input.subarray(at, end + 2))
      at = end + 2
    }
    rest = input.subarray(at)
  }
}

export type ContentFrame = { id: string; index: number; sentAtUs: number; isIdentical: boolean }

/** Reads a content frame; null when it is of another kind. A frame that was written anew is read by its meaning. */
export function readContentFrame(bytes: Buffer): ContentFrame | null {
  if (bytes.length === CONTENT_FRAME.length && isSameAround(bytes)) {
    return { ...readMark(bytes.toString('latin1', CONTENT_AT, CONTENT_AT + CONTENT_MARK.length)), isIdentical: true }
  }
  const text = bytes.toString('utf8')
  if (!text.startsWith('data: {')) return null
  const { choices } = JSON.parse(text.slice(6)) as { choices: { delta: { content?: string } }[] }
  const content = choices[0]?.delta.content
  return content === undefined || content.length !== CONTENT_MARK.length ? null : { ...readMark(content), isIdentical: false }
}

/** Frames that a whole stream holds before those of `lastFrames`. */
export const CONTENT_FRAMES = STREAM.frames

function isSameAround(bytes: Buffer): boolean {
  const end = CONTENT_AT + CONTENT_MARK.length
  return CONTENT_FRAME.compare(bytes, 0, CONTENT_AT, 0, CONTENT_AT) === 0 && CONTENT_FRAME.compare(bytes, end, bytes.length, end) === 0
}

function readMark(mark: string): Omit<ContentFrame, 'isIdentical'> {
  return { id: mark.slice(0, 8), index: Number(mark.slice(9, 13)), sentAtUs: Number(mark.slice(14, 30)) }
}

function frame(choices: unknown[], usage: unknown): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ ...chunk, choices, usage })}\n\n`)
}
