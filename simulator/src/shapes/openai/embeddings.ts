import { findModel, type PricedModel } from '../../billing/prices.ts'
import { noTokens } from '../../billing/tokens.ts'
import { bill, direct, passesFaults, refuse } from '../../generate.ts'
import { numberOf, stringOf, type Json, type JsonObject } from '../../json.ts'
import type { Call } from '../../provider.ts'
import { sendText } from '../../reply.ts'

const DIMENSIONS = 1536

/** Tokens of one embedding input: ceil(UTF-8 bytes / 4), or the length of an array of token ids. */
export function inputTokensOf(input: Json): number {
  if (typeof input === 'string') return Math.ceil(Buffer.byteLength(input) / 4)
  return Array.isArray(input) ? input.length : 0
}

/** The inputs of an embeddings request: one string, several, or (arrays of) token ids. */
function inputsOf(input: Json | undefined): Json[] {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input)) return []
  return typeof input[0] === 'number' ? [input] : input
}

/** A unit vector that follows from the input alone. */
export function vectorOf(input: Json, dimensions: number): Float32Array {
  let state = 2166136261
  for (const byte of Buffer.from(JSON.stringify(input))) state = Math.imul(state ^ byte, 16777619) >>> 0
  const vector = new Float32Array(dimensions)
  let squares = 0
  for (let place = 0; place < dimensions; place++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const value = state / 2147483648 - 1
    vector[place] = value
    squares += value * value
  }
  const length = Math.sqrt(squares) || 1
  for (let place = 0; place < dimensions; place++) vector[place] = (vector[place] ?? 0) / length
  return vector
}

function encoded(vector: Float32Array, base64: boolean): Json {
  return base64 ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector)
}

/** The priced embedding model that `body.model` names. */
export function embeddingModelOfBody(call: Call): PricedModel | undefined {
  const model = findModel(call.provider.name, stringOf(call.body['model']) ?? '')
  return model?.kind === 'embedding' ? model : undefined
}

/** Serves `/embeddings` of OpenAI's shape: floats, or base64 of little-endian 32-bit floats. */
export async function serveEmbeddings(call: Call, model = embeddingModelOfBody(call)): Promise<void> {
  const { body } = call
  const inputs = inputsOf(body['input'])
  if (!model) return refuse(call, { kind: 'model_not_found', model: stringOf(body['model']) })
  call.model = model.model
  if (inputs.length === 0)
    return refuse(call, { kind: 'bad_request', message: "'input' must be a text or a list of texts.", param: 'input' })
  direct(call, inputs.filter((input) => typeof input === 'string').join(' '))
  const prompt = inputs.reduce<number>((sum, input) => sum + inputTokensOf(input), 0)
  if (!(await passesFaults(call, model, prompt))) return

  const base64 = body['encoding_format'] === 'base64'
  const dimensions = numberOf(body['dimensions']) ?? DIMENSIONS
  const answer: JsonObject = {
    object: 'list',
    data: inputs.map((input, index) => ({ object: 'embedding', index, embedding: encoded(vectorOf(input, dimensions), base64) })),
    model: model.answersAs,
  }
  if (!call.directives.noUsage) answer['usage'] = { prompt_tokens: prompt, total_tokens: prompt }
  bill(call, model, { ...noTokens(), input: prompt }, 'complete')
  sendText(call, 200, JSON.stringify(answer))
}
