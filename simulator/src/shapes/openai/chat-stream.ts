import { outputTokens, wordAt, type Answer } from '../../answer.ts'
import type { PricedModel } from '../../billing/prices.ts'
import type { Tokens } from '../../billing/tokens.ts'
import { objectOf, type JsonObject } from '../../json.ts'
import type { Call } from '../../provider.ts'
import type { Frame } from '../../reply.ts'
import type { ChatDialect } from './chat-dialect.ts'

const PADDING = 'k3RwT9vXq2LmZ8bN'

/** One server-sent event of this shape. */
export function dataFrame(body: JsonObject): string {
  return `data: ${JSON.stringify(body)}\n\n`
}

/** The members that every chunk of an answer shares. */
export function chunkHead(call: Call, dialect: ChatDialect, model: PricedModel): JsonObject {
  return {
    id: call.completionId,
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1000),
    model: model.answersAs,
    ...dialect.envelope(call, model),
  }
}

/** A stream's frames: opening, role, thinking, text or tool call, finish, usage where it belongs, `[DONE]`. */
export function* chatFrames(call: Call, dialect: ChatDialect, model: PricedModel, answer: Answer, tokens: Tokens): Generator<Frame> {
  const head = chunkHead(call, dialect, model)
  const options = objectOf(call.body['stream_options'])
  const asked = options?.['include_usage'] === true
  const placed = dialect.usageAt
  const usage = call.directives.noUsage ? undefined : dialect.usage(tokens, call, model)
  const chunk = chunkWriter(dialect, head, placed.endsWith('_if_asked') && asked, options?.['include_obfuscation'] !== false)
  const choices = dialect.choices(call.body)

  for (const text of dialect.opening(call)) yield { text }
  for (let index = 0; index < choices; index++) {
    yield* choiceFrames(call, dialect, answer, index, chunk)
    const atFinish = usage !== undefined && (placed === 'finish' || (placed === 'finish_if_asked' && asked)) && index === choices - 1
    const extras = dialect.finishExtras(atFinish ? usage : undefined, call)
    yield {
      text: chunk(index, {}, answer.finish, { ...extras, ...(atFinish ? { usage } : {}) }),
      output: index === choices - 1 ? answer.excess : 0,
    }
  }
  if (usage !== undefined && (placed === 'extra' || (placed === 'extra_if_asked' && asked))) {
    if (call.directives.usageWithChoices) yield { text: chunk(0, { role: 'assistant', content: '' }, answer.finish, { usage }) }
    else yield { text: dataFrame({ ...head, choices: [], usage }) }
  }
  yield { text: 'data: [DONE]\n\n', done: true }
}

type ChunkWriter = (index: number, delta: JsonObject, finish: string | null, extras: JsonObject) => string

function chunkWriter(dialect: ChatDialect, head: JsonObject, usageNull: boolean, obfuscate: boolean): ChunkWriter {
  const start = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`
  const tail = usageNull ? { usage: null } : {}
  return (index, delta, finish, extras) => {
    const choice = JSON.stringify({ index, delta, ...dialect.choiceExtras(finish, 'chunk'), finish_reason: finish })
    const rest: JsonObject = { ...tail, ...extras }
    if (dialect.obfuscates && obfuscate) rest['obfuscation'] = PADDING.slice(0, 1 + (choice.length % PADDING.length))
    const text = JSON.stringify(rest)
    return `${start}${choice}]${text === '{}' ? '' : `,${text.slice(1, -1)}`}}\n\n`
  }
}

function* choiceFrames(call: Call, dialect: ChatDialect, answer: Answer, index: number, chunk: ChunkWriter): Generator<Frame> {
  const hidden = dialect.reasoningDelta === undefined ? answer.reasoningWords : 0
  const role = { role: 'assistant', content: answer.toolCall ? null : '', ...dialect.firstDelta }
  yield { text: chunk(index, role, null, index === 0 ? dialect.firstExtras(call) : {}), reasoning: hidden }
  if (dialect.reasoningDelta) {
    for (let place = 0; place < answer.reasoningWords; place++) {
      yield { text: chunk(index, dialect.reasoningDelta(wordAt(place)), null, {}), reasoning: 1 }
    }
  }
  if (answer.toolCall) yield* toolFrames(call, dialect, answer, index, chunk)
  else for (let place = 0; place < answer.words; place++) yield { text: chunk(index, { content: wordAt(place) }, null, {}), output: 1 }
}

function* toolFrames(call: Call, dialect: ChatDialect, answer: Answer, index: number, chunk: ChunkWriter): Generator<Frame> {
  const { toolCall } = answer
  if (!toolCall) return
  const id = dialect.toolCallId(call)
  if (dialect.wholeToolCalls) {
    const whole = dialect.toolCall(id, toolCall.name, toolCall.argumentsText)
    yield { text: chunk(index, { tool_calls: [whole] }, null, {}), output: outputTokens(answer) }
    return
  }
  const opened = { index: 0, id, type: 'function', function: { name: toolCall.name, arguments: '' } }
  yield { text: chunk(index, { tool_calls: [opened] }, null, {}), output: 1 }
  for (const piece of toolCall.pieces) {
    yield { text: chunk(index, { tool_calls: [{ index: 0, function: { arguments: piece } }] }, null, {}), output: 1 }
  }
}
