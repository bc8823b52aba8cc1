import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

/** Calls by the official packages, changed in nothing but base URL and key. */

export type Planned = {
  kind: 'chat' | 'messages' | 'embeddings'
  mode: 'plain' | 'stream' | 'stream_usage'
  /** As the caller names it: bare, or with its provider in front. */
  model: string
  /** As provider and simulator name it. */
  provider: string
  providerModel: string
  /** All tokens of the prompt, cached ones included: no other call of this model has as many. */
  promptTokens: number
  text: string
}

/** What the caller was told of a finished call: null where the answer did not say. `cost` in US dollars, from the answer's head. */
export type Made = {
  planned: Planned
  requestId: string | null
  cost: string | null
  text: string
  usage: { prompt: number; completion: number } | null
}

export type Clients = { openai: OpenAI; anthropic: Anthropic }

/** The packages for one access key; they try once, so that every call is one call. */
export function clientsOf(origin: string, accessKey: string): Clients {
  return {
    openai: new OpenAI({ apiKey: accessKey, baseURL: `${origin}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: accessKey, baseURL: origin, maxRetries: 0 }),
  }
}

/**
 * A prompt of just so many tokens by the simulator's rule (a token is four bytes, a message three tokens more), which asks for an answer
 * of a certain make-up.
 */
export function plan(
  kind: Planned['kind'],
  mode: Planned['mode'],
  model: string,
  provider: string,
  promptTokens: number,
  directives = '',
): Planned {
  const bytes = (kind === 'embeddings' ? promptTokens : promptTokens - 3) * 4
  const asked = directives === '' ? '' : ` [[${directives}]]`
  const text = 'a prompt of many words '.repeat(Math.ceil(bytes / 23)).slice(0, bytes - asked.length) + asked
  if (text.length !== bytes) throw new Error(`${promptTokens} tokens are too few for what is asked`)
  const providerModel = model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model
  return { kind, mode, model, provider, providerModel, promptTokens, text }
}

export async function makeCall(clients: Clients, planned: Planned, signal?: AbortSignal): Promise<Made> {
  if (planned.kind === 'embeddings') return await embed(clients, planned, signal)
  if (planned.kind === 'messages')
    return planned.mode === 'plain' ? await message(clients, planned, signal) : await streamMessage(clients, planned, signal)
  return planned.mode === 'plain' ? await chat(clients, planned, signal) : await streamChat(clients, planned, signal)
}

async function embed({ openai }: Clients, planned: Planned, signal?: AbortSignal): Promise<Made> {
  const { data, response } = await openai.embeddings
    .create({ model: planned.model, input: planned.text, dimensions: 8 }, { signal })
    .withResponse()
  const [vector] = data.data
  return {
    planned,
    ...toldBy(response),
    text: `${vector?.embedding.length} dimensions`,
    usage: { prompt: data.usage.prompt_tokens, completion: 0 },
  }
}

async function chat({ openai }: Clients, planned: Planned, signal?: AbortSignal): Promise<Made> {
  const { data, response } = await openai.chat.completions
    .create({ model: planned.model, messages: [{ role: 'user', content: planned.text }] }, { signal })
    .withResponse()
  const usage = data.usage ? { prompt: data.usage.prompt_tokens, completion: data.usage.completion_tokens } : null
  return { planned, ...toldBy(response), text: data.choices[0]?.message.content ?? '', usage }
}

async function streamChat({ openai }: Clients, planned: Planned, signal?: AbortSignal): Promise<Made> {
  const options = planned.mode === 'stream_usage' ? { stream_options: { include_usage: true } } : {}
  const body = { model: planned.model, messages: [{ role: 'user' as const, content: planned.text }], stream: true as const, ...options }
  const { data, response } = await openai.chat.completions.create(body, { signal }).withResponse()
  let text = ''
  let usage: Made['usage'] = null
  let isFinished = false
  for await (const chunk of data) {
    text += chunk.choices[0]?.delta.content ?? ''
    if (chunk.choices[0]?.finish_reason) isFinished = true
    if (chunk.usage) usage = { prompt: chunk.usage.prompt_tokens, completion: chunk.usage.completion_tokens }
  }
  // The package takes a stream that was cut for one that ended: only its last event tells them apart.
  if (!isFinished) throw new Error('the stream broke off')
  return { planned, ...toldBy(response), text, usage }
}

async function message({ anthropic }: Clients, planned: Planned, signal?: AbortSignal): Promise<Made> {
  const { data, response } = await anthropic.messages
    .create({ model: planned.model, max_tokens: 500, messages: [{ role: 'user', content: planned.text }] }, { signal })
    .withResponse()
  return { planned, ...toldBy(response), text: textOf(data), usage: usageOf(data) }
}

async function streamMessage({ anthropic }: Clients, planned: Planned, signal?: AbortSignal): Promise<Made> {
  const stream = anthropic.messages.stream(
    { model: planned.model, max_tokens: 500, messages: [{ role: 'user', content: planned.text }] },
    { signal },
  )
  const { response } = await stream.withResponse()
  const data = await stream.finalMessage()
  return { planned, ...toldBy(response), text: textOf(data), usage: usageOf(data) }
}

function toldBy({ headers }: Response): Pick<Made, 'requestId' | 'cost'> {
  return { requestId: headers.get('x-request-id'), cost: headers.get('x-llm-cost') }
}

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

function usageOf({ usage }: Anthropic.Message): Made['usage'] {
  return {
    prompt: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    completion: usage.output_tokens,
  }
}

/** Does all, so many at a time; rejects with the first failure once the others under way are over. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) await work(item)
  }
  const ended = await Promise.allSettled(Array.from({ length: width }, lane))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
