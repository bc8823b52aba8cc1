/** A kind of traffic. Every contender gets the same requests and the mock gives the same answers. */
export type Shape = {
  name: ShapeName
  title: string
  /** What one unit of work is: the CPU time is divided by the number of these. */
  unit: 'response' | 'frame'
  /** Requests (or streams) under way at once, each on a connection of its own. */
  connections: number
  upstreamDelayMs: number
  /** How many times as long its window is: where few calls fit, the kernel's clock of 10 ms would show. */
  windowFactor: number
  requestBytes: number
  /** Of an answer in one piece. */
  answerBytes: number
  /** What the mock reports as used by one call. */
  tokens: { input: number; output: number }
}

export const SHAPE_NAMES = ['chat', 'chat-60ms', 'stream', 'prompt-128k'] as const
export type ShapeName = (typeof SHAPE_NAMES)[number]

/** Content frames of one stream, and the pause between two of them. */
export const STREAM = { frames: 64, frameMs: 20 }

/** Digits that name a call, in its request and in its answer: an answer that went to the wrong caller is seen. */
export const ID_DIGITS = 8

const plain = { unit: 'response', requestBytes: 256, answerBytes: 614, tokens: { input: 60, output: 90 } } as const

export const SHAPES: Record<ShapeName, Shape> = {
  chat: {
    name: 'chat',
    title: '256 B in, 0.6 KB out, 32 at once, upstream answers at once',
    ...plain,
    connections: 32,
    upstreamDelayMs: 0,
    windowFactor: 1,
  },
  'chat-60ms': {
    name: 'chat-60ms',
    title: '256 B in, 0.6 KB out, 32 at once, upstream answers after 60 ms',
    ...plain,
    connections: 32,
    upstreamDelayMs: 60,
    windowFactor: 2,
  },
  stream: {
    name: 'stream',
    title: `200 streams at once, ${STREAM.frames} frames each, one every ${STREAM.frameMs} ms`,
    unit: 'frame',
    connections: 200,
    upstreamDelayMs: 0,
    windowFactor: 1,
    requestBytes: 320,
    answerBytes: 614,
    tokens: { input: 60, output: STREAM.frames },
  },
  'prompt-128k': {
    name: 'prompt-128k',
    title: '128 KB in, 0.6 KB out, 16 at once, upstream answers at once',
    unit: 'response',
    connections: 16,
    upstreamDelayMs: 0,
    windowFactor: 1,
    requestBytes: 128 * 1024,
    answerBytes: 614,
    tokens: { input: 32_000, output: 90 },
  },
}

export const MODEL = 'gpt-4o-mini'

/** Bytes with a place for the call's id. */
export type Stamped = { bytes: Buffer; idAt: number }

/** The body of a request, to the byte as long as the shape says. */
export function requestBody(shape: Shape): Stamped {
  const isStream = shape.unit === 'frame'
  const settings = { model: MODEL, max_tokens: 256, ...(isStream && { stream: true, stream_options: { include_usage: true } }) }
  return padded(shape.requestBytes, (content) => JSON.stringify({ ...settings, messages: [{ role: 'user', content }] }))
}

/** The answer to a request that does not stream. */
export function answerBody(shape: Shape): Stamped {
  const { input, output } = shape.tokens
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  }
  const head = { id: 'chatcmpl-bench', object: 'chat.completion', created: 1_760_000_000, model: MODEL }
  return padded(shape.answerBytes, (content) => {
    const message = { role: 'assistant', content, refusal: null, annotations: [] }
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }]
    return JSON.stringify({ ...head, choices, usage, service_tier: 'default' })
  })
}

/** Where the call's id begins in a body that may have been written anew; -1 when there is none. */
export function findId(body: Buffer): number {
  const at = body.indexOf('bench-0')
  return at === -1 || at + 6 + ID_DIGITS > body.length ? -1 : at + 6
}

function padded(bytes: number, write: (content: string) => string): Stamped {
  const mark = `bench-${'0'.repeat(ID_DIGITS)} `
  const missing = bytes - Buffer.byteLength(write(mark))
  if (missing < 0) throw new Error(`${bytes} bytes are too few`)
  const body = Buffer.from(write(mark + 'the quick brown fox jumps over the lazy dog. '.repeat(missing / 45 + 1).slice(0, missing)))
  return { bytes: body, idAt: body.indexOf(mark) + 6 }
}
