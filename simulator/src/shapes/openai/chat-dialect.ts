import type { Answer } from '../../answer.ts'
import type { PricedModel } from '../../billing/prices.ts'
import type { Tokens } from '../../billing/tokens.ts'
import type { JsonObject } from '../../json.ts'
import type { Call, Failure } from '../../provider.ts'

/** Where a provider of this shape puts the usage of a stream (and whether it must be asked for). */
type UsagePlace = 'extra_if_asked' | 'extra' | 'finish_if_asked' | 'finish'

/** What differs between the providers that speak OpenAI's chat completions. */
export interface ChatDialect {
  completionId: (call: Call) => string
  /** Members of the answer and of each chunk beside the common ones. */
  envelope: (call: Call, model: PricedModel) => JsonObject
  /** Members only of the whole answer. */
  plainExtras: (call: Call) => JsonObject
  /** Members of each choice beside index, message or delta and finish_reason. */
  choiceExtras: (finish: string | null, within: 'whole' | 'chunk') => JsonObject
  message: (answer: Answer, call: Call, dialect: ChatDialect) => JsonObject
  usage: (tokens: Tokens, call: Call, model: PricedModel) => JsonObject
  usageAt: UsagePlace
  reportsCache: boolean
  /** Words of thinking as a stream's deltas; undefined where they stay hidden. */
  reasoningDelta?: (text: string) => JsonObject
  /** One delta holds the whole tool call, instead of pieces of its arguments. */
  wholeToolCalls: boolean
  toolCallId: (call: Call) => string
  /** One tool call as the whole answer shows it. */
  toolCall: (id: string, name: string, argumentsText: string) => JsonObject
  /** How many answers a request gets. */
  choices: (body: JsonObject) => number
  /** Which output limit this provider obeys. */
  cap: (body: JsonObject) => number | undefined
  model: (call: Call) => PricedModel | undefined
  /** What this provider refuses in a request. */
  check: (body: JsonObject, model: PricedModel) => Failure | undefined
  obfuscates: boolean
  /** Text before the first chunk (comments, Azure's filter chunk). */
  opening: (call: Call) => string[]
  /** Fields of the finish chunk beside usage (Groq's x_groq). */
  finishExtras: (usage: JsonObject | undefined, call: Call) => JsonObject
  /** Members of the first delta beside role and content. */
  firstDelta: JsonObject
  /** First chunk's own fields (Groq's x_groq). */
  firstExtras: (call: Call) => JsonObject
  errorFrames: (failure: Failure, call: Call, model: PricedModel) => string[]
  /** Bytes sent while a whole answer is not ready. */
  idle?: string
}
