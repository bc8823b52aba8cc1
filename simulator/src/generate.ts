import { composeAnswer, tokensOf, type Answer, type Tool } from './answer.ts'
import type { Outcome } from './billing/ledger.ts'
import type { PricedModel } from './billing/prices.ts'
import { costNanosOf, noTokens, type Prompt, type Tokens } from './billing/tokens.ts'
import { readDirectives, type Directives } from './directives.ts'
import { failureAsked } from './faults.ts'
import type { Call, Failure } from './provider.ts'
import { cut, hang, isGone, pause, sendText, writeFrames, type Frame } from './reply.ts'

/** A generation request as its dialect understood it. */
interface Generation {
  model: PricedModel
  prompt: Prompt
  stream: boolean
  /** The output limit that the request set, undefined for none. */
  cap: number | undefined
  tools: Tool[]
  /** Answers asked for (`n`). */
  choices: number
  /** Does this dialect report cached tokens? Where it does not, nothing is billed as cached. */
  reportsCache: boolean
  contentType: string
  plain: (answer: Answer, tokens: Tokens) => string
  frames: (answer: Answer, tokens: Tokens) => Iterable<Frame>
  errorFrames: () => string[]
  /** Bytes that leave while the answer is not ready (DeepSeek's blank lines). */
  idle?: string
}

/** Refuses the call in its provider's form; a refused generation enters the ledger at zero. */
export function refuse(call: Call, failure: Failure, status?: number): void {
  const refusal = call.provider.refuse(failure, call)
  const sent = status ?? refusal.status
  if (call.route.access === 'generate') {
    book(call, noTokens(), 0, sent, sent === 200 ? 'error_in_200' : 'refused')
  }
  sendText(call, sent, JSON.stringify(refusal.body), refusal.headers)
}

function book(call: Call, tokens: Tokens, costNanos: number, status: number, outcome: Outcome): void {
  call.ledger.record({
    provider: call.provider.name,
    model: call.model,
    key_hint: call.key === undefined ? null : call.key.slice(-4),
    path: call.path,
    stream: call.stream,
    tokens,
    cost_nanos: costNanos,
    status,
    outcome,
    request_id: call.requestId || call.completionId,
    completion_id: call.completionId,
  })
}

/** Books what a request really cost. Exported for the dialects without a stream (embeddings). */
export function bill(call: Call, model: PricedModel, tokens: Tokens, outcome: Outcome): void {
  book(call, tokens, costNanosOf(tokens, model), outcome === 'disconnected' ? 499 : 200, outcome)
}

/**
 * Faults that come before the answer: `hang`, latency, `status=`/`error=`, `error_in_200`, a client that left meanwhile.
 * Returns false when the request is over.
 */
export async function passesFaults(call: Call, model: PricedModel, inputTokens: number): Promise<boolean> {
  const { directives } = call
  if (directives.hang) {
    await hang(call)
    book(call, noTokens(), 0, 499, 'hung')
    return false
  }
  if (directives.latencyMs > 0) await pause(call, directives.latencyMs)
  if (isGone(call)) {
    // The prompt has been read by then; nothing has been generated.
    bill(call, model, { ...noTokens(), input: inputTokens }, 'disconnected')
    return false
  }
  const failure = failureAsked(call)
  if (failure) {
    refuse(call, failure)
    return false
  }
  if (directives.errorIn200) {
    refuse(call, { kind: 'overloaded' }, 200)
    return false
  }
  return true
}

/** Reads the directives of a call once its last user text is known. */
export function direct(call: Call, lastUserText: string): void {
  const header = call.req.headers['x-simulate']
  call.directives = readDirectives(call.directives, typeof header === 'string' ? header : undefined, lastUserText)
}

/** Answers a chat request of any dialect: faults, answer, bill. */
export async function generate(call: Call, job: Generation): Promise<void> {
  const { model, prompt } = job
  call.model = model.model
  call.stream = job.stream
  direct(call, prompt.lastUserText)
  const { directives } = call
  if (prompt.inputTokens > model.contextTokens) return refuse(call, { kind: 'context_length', model: model.model })
  const queued = job.idle !== undefined && !job.stream && directives.latencyMs > 0 && !faulty(directives)
  if (queued) startQueued(call, job.idle ?? '')
  if (!(await passesFaults(call, model, prompt.inputTokens))) return

  const tool = prompt.lastUserText.includes('call tool') ? job.tools[0] : undefined
  const answer = composeAnswer(directives, model, job.cap, tool)
  const reports = job.reportsCache ? model.reports : { cacheRead: false, cacheWrite: false }
  const tokens = tokensOf(answer, prompt.inputTokens, directives, reports, job.choices)
  if (job.stream) return stream(call, job, answer, tokens)

  const text = job.plain(answer, tokens)
  const broken = directives.cutAfter !== undefined
  bill(call, model, tokens, broken ? 'cut' : 'complete')
  if (broken) return sendHalf(call, text)
  if (queued) call.res.end(text)
  else sendText(call, 200, text)
}

async function stream(call: Call, job: Generation, answer: Answer, tokens: Tokens): Promise<void> {
  const written = await writeFrames(call, job.contentType, job.frames(answer, tokens), job.errorFrames)
  // A stream that stopped early bills the prompt and what had been generated.
  const billed = written.outcome === 'complete' ? tokens : { ...tokens, output: written.output, reasoning: written.reasoning }
  bill(call, job.model, billed, written.outcome)
  if (written.outcome !== 'cut') call.res.end()
}

function faulty(directives: Directives): boolean {
  return directives.status !== undefined || directives.error !== undefined || directives.hang || directives.errorIn200
}

function startQueued(call: Call, idle: string): void {
  call.res.writeHead(200, { 'content-type': 'application/json', ...call.headers })
  call.res.write(idle)
}

function sendHalf(call: Call, text: string): void {
  const bytes = Buffer.from(text)
  if (!call.res.headersSent) {
    call.res.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length, ...call.headers })
  }
  call.res.write(bytes.subarray(0, bytes.length >> 1))
  cut(call)
}
