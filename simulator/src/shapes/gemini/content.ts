import { wordAt, wordsText, type Answer, type Tool } from '../../answer.ts'
import { findModel, type PricedModel } from '../../billing/prices.ts'
import { countPrompt, noTokens, promptTokens, textOfContent, type Prompt, type Tokens } from '../../billing/tokens.ts'
import { bill, direct, generate, passesFaults, refuse } from '../../generate.ts'
import { arrayOf, numberOf, objectOf, stringOf, type Json, type JsonObject } from '../../json.ts'
import type { Call } from '../../provider.ts'
import { sendJson, type Frame } from '../../reply.ts'
import { geminiRefusal } from './errors.ts'
import { inputTokensOf, vectorOf } from '../openai/embeddings.ts'

function promptOf(body: JsonObject): Prompt {
  const contents = arrayOf(body['contents']).map((content) => {
    const fields = objectOf(content)
    return { role: stringOf(fields?.['role']) ?? 'user', text: textOfContent(fields?.['parts']) }
  })
  const system = textOfContent((objectOf(body['systemInstruction']) ?? objectOf(body['system_instruction']))?.['parts'])
  if (system !== '') contents.unshift({ role: 'system', text: system })
  return countPrompt(contents)
}

function toolsOf(body: JsonObject): Tool[] {
  return arrayOf(body['tools'])
    .flatMap((tool) => arrayOf(objectOf(tool)?.['functionDeclarations']))
    .flatMap((declaration) => {
      const fields = objectOf(declaration)
      const name = stringOf(fields?.['name'])
      return name === undefined ? [] : [{ name, schema: objectOf(fields?.['parameters']) ?? objectOf(fields?.['parametersJsonSchema']) }]
    })
}

/** Counts so far; thoughts stand beside the candidates' tokens, not within them. */
function usageMetadata(tokens: Tokens, output = tokens.output): JsonObject {
  const prompt = promptTokens(tokens)
  const usage: JsonObject = {
    promptTokenCount: prompt,
    candidatesTokenCount: output,
    totalTokenCount: prompt + output + tokens.reasoning,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    serviceTier: 'standard',
  }
  if (tokens.cache_read > 0) {
    usage['cachedContentTokenCount'] = tokens.cache_read
    usage['cacheTokensDetails'] = [{ modality: 'TEXT', tokenCount: tokens.cache_read }]
  }
  if (tokens.reasoning > 0) usage['thoughtsTokenCount'] = tokens.reasoning
  return usage
}

function finishOf(answer: Answer): string {
  return answer.finish === 'length' ? 'MAX_TOKENS' : 'STOP'
}

function functionPart(argumentsText: string, name: string): JsonObject {
  let args: Json = {}
  try {
    args = JSON.parse(argumentsText) as Json
  } catch {
    // Cut short by the cap: no arguments.
  }
  return { functionCall: { name, args } }
}

/** A candidate; without parts when thinking used up the whole cap. */
function candidate(parts: JsonObject[], finishReason?: string): JsonObject {
  const content = parts.length > 0 ? { parts, role: 'model' } : { role: 'model' }
  return finishReason === undefined ? { content, index: 0 } : { content, finishReason, index: 0 }
}

function contentWriter(call: Call, model: PricedModel) {
  return (candidates: JsonObject[], usage: JsonObject): JsonObject => ({
    candidates,
    ...(call.directives.noUsage ? {} : { usageMetadata: usage }),
    modelVersion: model.answersAs,
    responseId: call.completionId,
  })
}

function plainContent(call: Call, model: PricedModel, answer: Answer, tokens: Tokens): string {
  const { toolCall } = answer
  const parts = toolCall
    ? [functionPart(toolCall.argumentsText, toolCall.name)]
    : answer.words > 0
      ? [{ text: wordsText(answer.words) }]
      : []
  return JSON.stringify(contentWriter(call, model)([candidate(parts, finishOf(answer))], usageMetadata(tokens)))
}

function* contentFrames(call: Call, model: PricedModel, answer: Answer, tokens: Tokens, sse: boolean): Generator<Frame> {
  const content = contentWriter(call, model)
  let first = true
  const frame = (body: JsonObject): string => {
    const lead = sse ? 'data: ' : first ? '[' : ',\n'
    first = false
    return `${lead}${JSON.stringify(body)}${sse ? '\n\n' : ''}`
  }
  const hidden = answer.reasoningWords
  if (answer.toolCall) {
    const part = functionPart(answer.toolCall.argumentsText, answer.toolCall.name)
    const output = 1 + answer.toolCall.pieces.length
    yield { text: frame(content([candidate([part])], usageMetadata(tokens, output))), output, reasoning: hidden }
  }
  for (let place = 0; place < answer.words; place++) {
    const parts = [{ text: wordAt(place) }]
    yield { text: frame(content([candidate(parts)], usageMetadata(tokens, place + 1))), output: 1, reasoning: place === 0 ? hidden : 0 }
  }
  const silent = answer.words === 0 && !answer.toolCall
  const last = candidate(silent ? [] : [{ text: '' }], finishOf(answer))
  yield { text: frame(content([last], usageMetadata(tokens))), output: answer.excess, reasoning: silent ? hidden : 0 }
  if (!sse) yield { text: ']', done: true }
}

function modelInPath(call: Call, kind: PricedModel['kind']): PricedModel | undefined {
  const model = findModel('google', call.params[0] ?? '')
  return model?.kind === kind ? model : undefined
}

/** Serves `models/{model}:generateContent` and `:streamGenerateContent` (a JSON array unless `alt=sse`). */
export function serveContent(call: Call, stream: boolean): Promise<void> | void {
  const { body } = call
  call.completionId = `sim${call.serial}`
  call.stream = stream
  const model = modelInPath(call, 'chat')
  if (!model) return refuse(call, { kind: 'model_not_found', model: call.params[0] })
  if (arrayOf(body['contents']).length === 0)
    return refuse(call, { kind: 'bad_request', message: 'GenerateContentRequest.contents: contents is not specified' })
  const sse = call.query.get('alt') === 'sse'
  const error = () => JSON.stringify(geminiRefusal({ kind: 'server_error' }, call).body)
  return generate(call, {
    model,
    prompt: promptOf(body),
    stream,
    cap: numberOf(objectOf(body['generationConfig'])?.['maxOutputTokens']),
    tools: toolsOf(body),
    choices: 1,
    reportsCache: true,
    contentType: sse ? 'text/event-stream' : 'application/json',
    plain: (answer, tokens) => plainContent(call, model, answer, tokens),
    frames: (answer, tokens) => contentFrames(call, model, answer, tokens, sse),
    errorFrames: () => (sse ? [`data: ${error()}\n\n`] : [`,\n${error()}]`]),
  })
}

/** Serves `models/{model}:countTokens`, by the same rule and free of charge. */
export function serveGeminiCount(call: Call): void {
  if (!modelInPath(call, 'chat')) return refuse(call, { kind: 'model_not_found', model: call.params[0] })
  const inner = objectOf(call.body['generateContentRequest']) ?? call.body
  const total = promptOf(inner).inputTokens
  sendJson(call, { totalTokens: total, promptTokensDetails: [{ modality: 'TEXT', tokenCount: total }] })
}

/** Serves `:embedContent` and `:batchEmbedContents`; these answers carry no usage. */
export async function serveGeminiEmbed(call: Call, batch: boolean): Promise<void> {
  call.completionId = `sim${call.serial}`
  const model = modelInPath(call, 'embedding')
  if (!model) return refuse(call, { kind: 'model_not_found', model: call.params[0] })
  call.model = model.model
  const requests = batch ? arrayOf(call.body['requests']) : [call.body]
  const texts = requests.map((request) => textOfContent(objectOf(objectOf(request)?.['content'])?.['parts']))
  direct(call, texts.join(' '))
  const tokens = texts.reduce((sum, text) => sum + inputTokensOf(text), 0)
  if (!(await passesFaults(call, model, tokens))) return
  bill(call, model, { ...noTokens(), input: tokens }, 'complete')
  const size = numberOf(call.body['outputDimensionality']) ?? 768
  const embeddings = texts.map((text) => ({ values: Array.from(vectorOf(text, size)) }))
  sendJson(call, batch ? { embeddings } : { embedding: embeddings[0] })
}
