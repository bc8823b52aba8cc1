import { readFileSync } from 'node:fs'

type Caller = { accessKey: string; callsPerHour: number; models: { provider: string; model: string; share: number; output: number }[] }

const questions = [
  'Qual é o prazo de entrega?',
  'Resuma este contrato em três linhas.',
  'Encontre tênis de corrida para chuva.',
  'Confirme a consulta de quinta-feira.',
]
const everyMs = 1_500

/** Calls the gateway as the agents would, about every second and a half: plain and streamed, some failing at the provider. Answers what stops it. */
export function startTraffic(origin: string, callersFile: string): () => void {
  const callers = JSON.parse(readFileSync(callersFile, 'utf8')) as Caller[]
  const timer = setInterval(
    () =>
      void callOnce(
        origin,
        pick(callers, ({ callsPerHour }) => callsPerHour),
      ).catch(() => {}),
    everyMs,
  )
  return () => clearInterval(timer)
}

async function callOnce(origin: string, caller: Caller): Promise<void> {
  const { provider, model, output } = pick(caller.models, ({ share }) => share)
  const question = questions[Math.floor(Math.random() * questions.length)]!
  const trouble = Math.random() < 0.04 ? ' [[status=429]]' : ''
  const content = `${question} [[words=${20 + Math.floor(Math.random() * 80)}]]${trouble}`
  const isMessages = provider === 'anthropic'
  const path = output === 0 ? '/v1/embeddings' : isMessages ? '/v1/messages' : '/v1/chat/completions'
  const cap = isMessages ? { max_tokens: 400 } : { max_completion_tokens: 400 }
  const chat = {
    messages: [{ role: 'user', content }],
    stream: Math.random() < 0.5,
    ...(provider === 'mistral' || provider === 'deepseek' ? { max_tokens: 400 } : cap),
  }
  const body = { model: `${provider}/${model}`, ...(output === 0 ? { input: content } : chat) }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${caller.accessKey}`, 'anthropic-version': '2023-06-01' }
  const response = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
  await response.arrayBuffer()
}

function pick<T>(things: readonly T[], weight: (thing: T) => number): T {
  let left = Math.random() * things.reduce((sum, thing) => sum + weight(thing), 0)
  return things.find((thing) => (left -= weight(thing)) < 0) ?? things[0]!
}
