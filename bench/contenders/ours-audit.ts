import { setTimeout as sleep } from 'node:timers/promises'
import type { Driven } from './contender.ts'
import { createApi, toNanos, type Api } from './ours-api.ts'
import { ADMIN, NANOS_PER_TOKEN } from './ours-template.ts'

/** A finished call must show in every figure within two seconds; a loaded machine gets some more before it counts as lost. */
const PATIENCE_MS = 8_000
const POLL_MS = 100

type Summary = {
  requests: number
  errors: number
  tokens: { input: number; output: number; total: number }
  cost: number
  unknown_cost_requests: number
  estimated_requests: number
}
type SystemKey = { current_usage: number }

/**
 * Holds what our server has on its books against what was really done. What is expected is reckoned here, by hand: each call used
 * the shape's tokens, at the price that was set.
 */
export async function auditOurs(origin: string, driven: Driven): Promise<{ problems: string[]; waitedMs: number }> {
  const { access_token } = await createApi(origin, null)<{ access_token: string }>('POST', '/api/auth/login', ADMIN)
  const api = createApi(origin, access_token)
  const startedAt = performance.now()
  for (;;) {
    const problems = compare(expect(driven), await readBooks(api))
    const waitedMs = Math.round(performance.now() - startedAt)
    if (problems.length === 0 || waitedMs > PATIENCE_MS) return { problems, waitedMs }
    await sleep(POLL_MS)
  }
}

type Books = Record<
  | 'requests'
  | 'errors'
  | 'input tokens'
  | 'output tokens'
  | 'all tokens'
  | 'nano-dollars'
  | 'calls of unknown cost'
  | 'estimated calls'
  | 'nano-dollars on the provider key',
  number
>

function expect({ shape: { tokens }, calls }: Driven): Books {
  const nanos = calls * (tokens.input * NANOS_PER_TOKEN.input + tokens.output * NANOS_PER_TOKEN.output)
  return {
    requests: calls,
    errors: 0,
    'input tokens': calls * tokens.input,
    'output tokens': calls * tokens.output,
    'all tokens': calls * (tokens.input + tokens.output),
    'nano-dollars': nanos,
    'calls of unknown cost': 0,
    'estimated calls': 0,
    'nano-dollars on the provider key': nanos,
  }
}

async function readBooks(api: Api): Promise<Books> {
  const summary = await api<Summary>('GET', '/api/usage/summary')
  const [key] = await api<SystemKey[]>('GET', '/api/llm/system/keys')
  return {
    requests: summary.requests,
    errors: summary.errors,
    'input tokens': summary.tokens.input,
    'output tokens': summary.tokens.output,
    'all tokens': summary.tokens.total,
    'nano-dollars': toNanos(summary.cost),
    'calls of unknown cost': summary.unknown_cost_requests,
    'estimated calls': summary.estimated_requests,
    'nano-dollars on the provider key': toNanos(key?.current_usage ?? 0),
  }
}

function compare(expected: Books, found: Books): string[] {
  return (Object.keys(expected) as (keyof Books)[])
    .filter((name) => expected[name] !== found[name])
    .map((name) => `${name}: ${found[name]} on the books, ${expected[name]} really`)
}
