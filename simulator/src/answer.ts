import type { PricedModel } from './billing/prices.ts'
import type { Tokens } from './billing/tokens.ts'
import type { Directives } from './directives.ts'
import { arrayOf, objectOf, stringOf, type Json, type JsonObject } from './json.ts'

/** A function the request offers, whatever the dialect calls it. */
export interface Tool {
  name: string
  schema: JsonObject | undefined
}

/** What the simulator will say: decided before the first byte, so that plain and streamed answers bill alike. */
export interface Answer {
  /** Words of thinking, one token each. */
  reasoningWords: number
  /** Words of text, one token each; 0 with a tool call. */
  words: number
  toolCall?: { name: string; argumentsText: string; pieces: string[] }
  finish: 'stop' | 'length' | 'tool_calls'
  /** Tokens billed although nothing was written for them. */
  excess: number
}

/** Words with one, two, three and four bytes a letter, so that re-chunking has something to split. */
const VOCABULARY =
  'the gateway answers plainly e com atenção: every word counts once 東京 até amanhã — nothing is invented 🙂 só isto'.split(' ')

const texts = new Map<number, string>()

/** The word at that place, with its leading blank except for the first. */
export function wordAt(place: number): string {
  const word = VOCABULARY[place % VOCABULARY.length] ?? ''
  return place === 0 ? word : ` ${word}`
}

/** The first `count` words as one text. */
export function wordsText(count: number): string {
  let text = texts.get(count)
  if (text === undefined) {
    text = Array.from({ length: count }, (_, place) => wordAt(place)).join('')
    if (texts.size < 1000) texts.set(count, text)
  }
  return text
}

function sampleOf(schema: JsonObject | undefined): Json {
  const options = arrayOf(schema?.['enum'])
  if (options[0] !== undefined) return options[0]
  switch (stringOf(schema?.['type'])?.toLowerCase()) {
    case 'object':
      return sampleObject(schema)
    case 'array':
      return []
    case 'number':
    case 'integer':
      return 1
    case 'boolean':
      return true
    default:
      return 'simulated'
  }
}

function sampleObject(schema: JsonObject | undefined): JsonObject {
  const properties = objectOf(schema?.['properties']) ?? {}
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, sampleOf(objectOf(property))]))
}

function piecesOf(text: string): string[] {
  return text.match(/[\s\S]{1,8}/g) ?? []
}

/**
 * Composes the answer by the documented rule: `reasoning` words first, then min(`words`, what the cap leaves) words,
 * or a call of `tool` (1 token for its name, 1 per 8 characters of arguments). `cap` is the limit the request set,
 * undefined for none; the model's own output limit holds always. `usage_excess` bills that much above the cap.
 */
export function composeAnswer(directives: Directives, model: PricedModel, cap: number | undefined, tool: Tool | undefined): Answer {
  const limit = Math.min(cap ?? Infinity, model.maxOutputTokens)
  const reasoningWords = Math.min(directives.reasoning, limit)
  const room = limit - reasoningWords
  const answer = tool ? toolAnswer(tool, room) : textAnswer(directives.words, room)
  const emitted = reasoningWords + outputTokens(answer)
  const excess = directives.usageExcess === 0 ? 0 : (cap ?? emitted) + directives.usageExcess - emitted
  return { ...answer, reasoningWords, excess }
}

function textAnswer(wanted: number, room: number): Omit<Answer, 'reasoningWords' | 'excess'> {
  const words = Math.min(wanted, room)
  return { words, finish: words < wanted ? 'length' : 'stop' }
}

function toolAnswer(tool: Tool, room: number): Omit<Answer, 'reasoningWords' | 'excess'> {
  const pieces = piecesOf(JSON.stringify(sampleObject(tool.schema)))
  if (room < 1) return { words: 0, finish: 'length' }
  const fitting = pieces.slice(0, room - 1)
  const finish = fitting.length < pieces.length ? 'length' : 'tool_calls'
  return { words: 0, finish, toolCall: { name: tool.name, argumentsText: fitting.join(''), pieces: fitting } }
}

/** Tokens of the visible part of an answer. */
export function outputTokens(answer: Pick<Answer, 'words' | 'toolCall'>): number {
  return answer.toolCall ? 1 + answer.toolCall.pieces.length : answer.words
}

/**
 * The bill of an answer given `choices` times: disjoint buckets. Cached tokens are honoured only where the model
 * has a price for them and the dialect reports them (`reportsCache`), never beyond the prompt.
 */
export function tokensOf(
  answer: Answer,
  inputTokens: number,
  directives: Directives,
  reports: { cacheRead: boolean; cacheWrite: boolean },
  choices: number,
): Tokens {
  const read = reports.cacheRead ? Math.min(directives.cached, inputTokens) : 0
  const write = reports.cacheWrite ? Math.min(directives.cacheWrite, inputTokens - read) : 0
  return {
    input: inputTokens - read - write,
    cache_read: read,
    cache_write: write,
    output: outputTokens(answer) * choices + answer.excess,
    reasoning: answer.reasoningWords * choices,
  }
}
