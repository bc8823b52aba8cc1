import type { CodeModels } from './example-models.ts'

export type SnippetInput = {
  /** Origin of the gateway, without a path. */
  origin: string
  key: string
  models: CodeModels
  /** What is asked of the model, in the person's language. */
  prompt: string
}

/** Whose dialect is spoken: OpenAI's and Anthropic's own SDKs both work. */
export const dialects = ['openai', 'anthropic'] as const
export type Dialect = (typeof dialects)[number]

export const languages = ['curl', 'python', 'node', 'env'] as const
export type Language = (typeof languages)[number]

const writers: Record<Dialect, Record<Language, (input: SnippetInput) => string>> = {
  openai: { curl: writeOpenaiCurl, python: writeOpenaiPython, node: writeOpenaiNode, env: writeOpenaiEnvironment },
  anthropic: { curl: writeAnthropicCurl, python: writeAnthropicPython, node: writeAnthropicNode, env: writeAnthropicEnvironment },
}

/** Code that calls the gateway as it is copied. The SDKs are the providers' own: only address and key differ. */
export function writeSnippet(dialect: Dialect, language: Language, input: SnippetInput): string {
  return writers[dialect][language](input)
}

/** The address that an SDK is given: OpenAI's with `/v1`, Anthropic's without. */
export function baseUrlOf(dialect: Dialect, origin: string): string {
  return dialect === 'openai' ? `${origin}/v1` : origin
}

function writeOpenaiCurl({ origin, key, models, prompt }: SnippetInput): string {
  const body = `{
    "model": ${quoted(models.openai)},
    "messages": [{ "role": "user", "content": ${quoted(prompt)} }]
  }`
  return `curl ${origin}/v1/chat/completions \\
  -H ${shell(`Authorization: Bearer ${key}`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shell(body)}`
}

function writeAnthropicCurl({ origin, key, models, prompt }: SnippetInput): string {
  const body = `{
    "model": ${quoted(models.anthropic)},
    "max_tokens": 1024,
    "messages": [{ "role": "user", "content": ${quoted(prompt)} }]
  }`
  return `curl ${origin}/v1/messages \\
  -H ${shell(`x-api-key: ${key}`)} \\
  -H 'anthropic-version: 2023-06-01' \\
  -H 'content-type: application/json' \\
  -d ${shell(body)}`
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
  baseURL: ${single(`${origin}/v1`)},
  apiKey: ${single(key)},
})

const answer = await client.chat.completions.create({
  model: ${single(models.openai)},
  messages: [{ role: 'user', content: ${single(prompt)} }],
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
  baseURL: ${single(origin)},
  apiKey: ${single(key)},
})

const answer = await client.messages.create({
  model: ${single(models.anthropic)},
  max_tokens: 1024,
  messages: [{ role: 'user', content: ${single(prompt)} }],
})
console.log(answer.content[0].text)`
}

/** The variables that the SDK, and most tools made on it, read by themselves. */
function writeOpenaiEnvironment({ origin, key }: SnippetInput): string {
  return `OPENAI_BASE_URL=${origin}/v1\nOPENAI_API_KEY=${key}`
}

function writeAnthropicEnvironment({ origin, key }: SnippetInput): string {
  return `ANTHROPIC_BASE_URL=${origin}\nANTHROPIC_API_KEY=${key}`
}

/** A string as JSON, JavaScript and Python all read it. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

/** A string as JavaScript is usually written. */
function single(text: string): string {
  return /^[^'\\\p{Cc}]*$/u.test(text) ? `'${text}'` : quoted(text)
}

/** A word as a POSIX shell reads it, whatever is in it. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
