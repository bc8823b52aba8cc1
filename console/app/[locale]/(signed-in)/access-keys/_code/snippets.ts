import { isClaude } from './example-models.ts'
import type { CodeModels } from './example-models.ts'

export type SnippetInput = {
  /** Origin of the gateway, without a path. */
  origin: string
  key: string
  models: CodeModels
  /** What is asked of the model, in the person's language. */
  prompt: string
}

export const snippetIds = ['curl', 'openai-python', 'openai-node', 'anthropic-python', 'anthropic-node', 'env'] as const
export type SnippetId = (typeof snippetIds)[number]

const writers: Record<SnippetId, (input: SnippetInput) => string> = {
  curl: writeCurl,
  'openai-python': writeOpenaiPython,
  'openai-node': writeOpenaiNode,
  'anthropic-python': writeAnthropicPython,
  'anthropic-node': writeAnthropicNode,
  env: writeEnvironment,
}

/**
 * Code that calls the gateway as it is copied. The SDKs are the providers' own: only address and key differ. OpenAI's takes the
 * address with `/v1`, Anthropic's without.
 */
export function writeSnippet(id: SnippetId, input: SnippetInput): string {
  return writers[id](input)
}

function writeCurl({ origin, key, models, prompt }: SnippetInput): string {
  const messages = [{ role: 'user', content: prompt }]
  if (isClaude(models.openai)) {
    const body = { model: models.anthropic, max_tokens: 1024, messages }
    return `curl ${origin}/v1/messages \\
  -H ${shell(`x-api-key: ${key}`)} \\
  -H 'anthropic-version: 2023-06-01' \\
  -H 'content-type: application/json' \\
  -d ${shell(JSON.stringify(body, null, 2))}`
  }
  return `curl ${origin}/v1/chat/completions \\
  -H ${shell(`Authorization: Bearer ${key}`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shell(JSON.stringify({ model: models.openai, messages }, null, 2))}`
}

function writeOpenaiPython({ origin, key, models, prompt }: SnippetInput): string {
  return `from openai import OpenAI  # pip install openai

client = OpenAI(
    base_url=${quoted(`${origin}/v1`)},
    api_key=${quoted(key)},
)

answer = client.chat.completions.create(
    model=${quoted(models.openai)},
    messages=[{"role": "user", "content": ${quoted(prompt)}}],
)
print(answer.choices[0].message.content)`
}

function writeOpenaiNode({ origin, key, models, prompt }: SnippetInput): string {
  return `import OpenAI from 'openai' // npm install openai

const client = new OpenAI({
  baseURL: ${quoted(`${origin}/v1`)},
  apiKey: ${quoted(key)},
})

const answer = await client.chat.completions.create({
  model: ${quoted(models.openai)},
  messages: [{ role: 'user', content: ${quoted(prompt)} }],
})
console.log(answer.choices[0].message.content)`
}

function writeAnthropicPython({ origin, key, models, prompt }: SnippetInput): string {
  return `from anthropic import Anthropic  # pip install anthropic

client = Anthropic(
    base_url=${quoted(origin)},
    api_key=${quoted(key)},
)

answer = client.messages.create(
    model=${quoted(models.anthropic)},
    max_tokens=1024,
    messages=[{"role": "user", "content": ${quoted(prompt)}}],
)
print(answer.content[0].text)`
}

function writeAnthropicNode({ origin, key, models, prompt }: SnippetInput): string {
  return `import Anthropic from '@anthropic-ai/sdk' // npm install @anthropic-ai/sdk

const client = new Anthropic({
  baseURL: ${quoted(origin)},
  apiKey: ${quoted(key)},
})

const answer = await client.messages.create({
  model: ${quoted(models.anthropic)},
  max_tokens: 1024,
  messages: [{ role: 'user', content: ${quoted(prompt)} }],
})
console.log(answer.content[0].text)`
}

/** The variables that both SDKs, and most tools made on them, read by themselves. */
function writeEnvironment({ origin, key }: SnippetInput): string {
  return `OPENAI_BASE_URL=${origin}/v1
OPENAI_API_KEY=${key}

ANTHROPIC_BASE_URL=${origin}
ANTHROPIC_API_KEY=${key}`
}

/** A string as JavaScript and Python both read it. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

/** A word as a POSIX shell reads it, whatever is in it. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
