import { Agent, request } from 'node:http'

/** What a call is asked to be, and what became of it. Times in ms since 1970. */
export type ChaosCall = {
  caller: number
  model: string
  /** All tokens of the prompt: no other call of this model has as many. */
  promptTokens: number
  kind: 'plain' | 'stream'
  directives: string
  /** The client leaves after so many bytes of the answer; null = it stays. */
  leavesAfter: number | null
}
export type ChaosEnd = {
  call: ChaosCall
  fromMs: number
  toMs: number
  /** Null where no head of an answer came. */
  status: number | null
  code: string | null
  requestId: string | null
  /** Whether the answer came to its end. */
  isWhole: boolean
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const impatienceMs = 90_000

/** A prompt of just so many tokens by the simulator's rule: a token is four bytes, a message three tokens more. */
function promptOf(tokens: number, directives: string): string {
  const asked = directives === '' ? '' : ` [[${directives}]]`
  const bytes = (tokens - 3) * 4
  if (bytes < asked.length) throw new Error(`${tokens} tokens are too few for what is asked`)
  return 'a prompt of many words '.repeat(Math.ceil(bytes / 23)).slice(0, bytes - asked.length) + asked
}

/** Makes one call, once, and says how it ended; null where nobody listened, so that there was no call. Never rejects. */
export function makeChaosCall(origin: string, key: string, call: ChaosCall): Promise<ChaosEnd | null> {
  const body = JSON.stringify({
    model: call.model,
    max_tokens: 40,
    stream: call.kind === 'stream',
    messages: [{ role: 'user', content: promptOf(call.promptTokens, call.directives) }],
  })
  const fromMs = Date.now()
  return new Promise((resolve) => {
    let [status, requestId]: [number | null, string | null] = [null, null]
    let text = ''
    let received = 0
    const end = (isWhole: boolean) => {
      const code = status === 200 ? null : (/"code":"(\w+)"/.exec(text)?.[1] ?? null)
      resolve({ call, fromMs, toMs: Date.now(), status, code, requestId, isWhole })
    }
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(`${origin}/v1/chat/completions`, { method: 'POST', agent, headers, timeout: impatienceMs }, (answer) => {
      status = answer.statusCode ?? null
      requestId = (answer.headers['x-request-id'] as string | undefined) ?? null
      answer.on('data', (chunk: Buffer) => {
        received += chunk.length
        if (text.length < 100_000) text += chunk.toString('latin1')
        if (call.leavesAfter !== null && received >= call.leavesAfter) sent.destroy()
      })
      answer.on('end', () => end(call.kind === 'plain' || status !== 200 || text.includes('[DONE]')))
      answer.on('error', () => end(false))
      answer.on('close', () => end(false))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? resolve(null) : end(false)))
    sent.on('timeout', () => sent.destroy())
    sent.end(body)
  })
}
