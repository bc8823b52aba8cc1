import type { ProviderName } from './provider.ts'

/**
 * Tokens: `context` is input and output together, `output` the longest answer. What is not known is left out, and `output` also where
 * it is as large as the context: added to a request as its cap, it would leave no room for the input.
 */
export type ModelLimits = { context?: number; output?: number }

type Row = readonly [model: RegExp, context: number, output?: number]

const M = 1_048_576

/**
 * Longest answers and context windows by family, first match wins; as published by the vendors and by models.dev (mid-2026). Where
 * sources differ the smaller output is taken (a cap that is too high is refused by the provider) and the larger context (a bound that
 * is too low would let a call cost more than was reserved).
 */
const OPENAI: readonly Row[] = [
  [/^text-embedding-/, 8_192, 0],
  [/^gpt-3\.5-turbo/, 16_385, 4_096],
  [/^gpt-4-(?:turbo|1106|0125|vision)/, 128_000, 4_096],
  [/^(?:gpt-4o-2024-05-13)$/, 128_000, 4_096],
  [/^(?:chatgpt-4o|gpt-4o)/, 128_000, 16_384],
  [/^gpt-4\.1/, M, 32_768],
  [/^gpt-4(?:-\d{4})?$/, 8_192],
  [/^o1-mini/, 128_000, 65_536],
  [/^o1-preview/, 128_000, 32_768],
  [/^(?:o1|o3|o4-mini)(?:-|$)/, 200_000, 100_000],
  [/^gpt-5(?:\.\d)?-chat/, 400_000, 16_384],
  [/^gpt-5\.3-codex-spark/, 128_000, 32_000],
  [/^gpt-5(?:\.[1-3])?(?:-|$)/, 400_000, 128_000],
  [/^gpt-5\.4-(?:mini|nano)/, 400_000, 128_000],
  [/^gpt-(?:5\.[4-6]|6)(?:-|$)/, 1_050_000, 128_000],
]

const ANTHROPIC: readonly Row[] = [
  [/^claude-(?:2|instant)/, 200_000, 4_096],
  [/^claude-3-(?:opus|sonnet|haiku)/, 200_000, 4_096],
  [/^claude-3-5-/, 200_000, 8_192],
  [/^claude-3-7-/, 200_000, 64_000],
  [/^claude-opus-4(?:-[01])?(?:-\d{8})?$/, 200_000, 32_000],
  [/^claude-(?:sonnet-4(?:-0)?|(?:opus|sonnet|haiku)-4-5)(?:-\d{8})?$/, 200_000, 64_000],
  [/^claude-sonnet-4-6/, 1_000_000, 64_000],
  [/^claude-opus-4-[678]/, 1_000_000, 128_000],
  [/^claude-(?:opus|sonnet|haiku|fable)-5/, 1_000_000, 128_000],
]

const GOOGLE: readonly Row[] = [
  [/embedding/, 8_192, 0],
  [/^gemini-1\.5-pro/, 2 * M, 8_192],
  [/^gemini-(?:1\.5|2\.0)-/, M, 8_192],
  [/^gemini-[\d.]+-.*(?:image|tts|live|audio)/, M],
  [/^gemini-(?:2\.5|3(?:\.\d)?)-|^gemini-flash(?:-lite)?-latest/, M, 65_536],
  [/^gemma-4-/, 262_144, 32_768],
]

const GROQ: readonly Row[] = [
  [/^llama-3\.1-8b-instant$/, 131_072],
  [/^llama-3\.3-70b-versatile$/, 131_072, 32_768],
  [/^meta-llama\/llama-4-|^groq\/compound|^compound-/, 131_072, 8_192],
  [/^openai\/gpt-oss-/, 131_072, 65_536],
  [/^qwen\/qwen3-32b$/, 131_072, 40_960],
]

/** Mistral has no limit of its own for answers: input and output share the context. */
const MISTRAL: readonly Row[] = [
  [/^mistral-embed/, 8_192, 0],
  [/^codestral-embed/, 8_192, 0],
  [/^(?:mistral-large|mistral-medium|mistral-small|devstral|ministral|codestral|magistral|labs-devstral)-/, 262_144],
  [/^(?:open-mistral-nemo|mistral-nemo|pixtral)/, 131_072],
  [/^open-mixtral-8x22b/, 65_536],
]

const COHERE: readonly Row[] = [
  [/^embed-/, 128_000, 0],
  [/^command-a-reasoning/, 256_000, 32_000],
  [/^command-a-vision/, 128_000],
  [/^command-a-translate/, 8_000],
  [/^command-a/, 256_000, 8_000],
  [/^command-r/, 128_000, 4_000],
]

const DEEPSEEK: readonly Row[] = [[/^deepseek-(?:v4|chat|reasoner|flash)/, 1_000_000, 384_000]]

const TABLES: Readonly<Partial<Record<ProviderName, readonly Row[]>>> = {
  openai: OPENAI,
  azure: OPENAI,
  anthropic: ANTHROPIC,
  google: GOOGLE,
  groq: GROQ,
  mistral: MISTRAL,
  cohere: COHERE,
  deepseek: DEEPSEEK,
}

/** OpenRouter names models `<maker>/<model>`; the maker's table holds there too. */
const MAKERS: Readonly<Record<string, readonly Row[]>> = {
  openai: OPENAI,
  anthropic: ANTHROPIC,
  google: GOOGLE,
  mistralai: MISTRAL,
  cohere: COHERE,
  deepseek: DEEPSEEK,
}

/** The limits of a model by its name at the provider, or null where nothing is known of it (Ollama: always; its context is the server's setting). */
export function modelLimits(provider: ProviderName, model: string): ModelLimits | null {
  const slash = model.indexOf('/')
  const [rows, name] =
    provider === 'openrouter'
      ? [MAKERS[model.slice(0, slash)], makersName(model.slice(slash + 1))]
      : [TABLES[provider], model.replace(/^models\//, '')]
  const row = rows?.find(([pattern]) => pattern.test(name))
  if (row === undefined) return null
  const [, context, output] = row
  return output === undefined ? { context } : { context, output }
}

/** OpenRouter writes `claude-sonnet-4.5` for `claude-sonnet-4-5` and adds variants after a colon. */
function makersName(name: string): string {
  const plain = name.split(':')[0] ?? name
  return plain.startsWith('claude-') ? plain.replaceAll('.', '-') : plain
}
