import type { ProviderName } from '../../providers/provider.ts'

/** Who plays in the demonstration: three customers of an invented consultancy, their people, agents and habits. */
export type DemoTenant = {
  name: string
  plan: 'pro' | 'enterprise'
  people: { name: string; email: string; roles: ('admin' | 'member' | 'viewer')[] }[]
  /** `owner`: the e-mail of whose agent it is. */
  agents: { name: string; description: string; owner: string; callsPerHour: number; models: Habit[] }[]
  /** `tokensPerDay` is for the first agent, `requestsPerMinute` for its key; the group's budget is only watched. */
  limits: {
    usdPerMonth: number
    tokensPerDay: number
    requestsPerMinute: number
    callsAtOnce: number
    group: { name: string; members: string[]; usdPerMonth: number }
  }
}

/** A model that an agent calls: how often among its models, and how large its calls are (tokens, about). */
export type Habit = { provider: ProviderName; model: string; share: number; input: number; output: number; cached?: number }

const support: Habit[] = [
  { provider: 'anthropic', model: 'claude-haiku-4-5', share: 6, input: 1800, output: 260, cached: 0.6 },
  { provider: 'anthropic', model: 'claude-sonnet-4-5', share: 1, input: 3200, output: 540, cached: 0.4 },
]
const search: Habit[] = [
  { provider: 'openai', model: 'text-embedding-3-small', share: 5, input: 900, output: 0 },
  { provider: 'openai', model: 'gpt-4o-mini', share: 4, input: 2400, output: 320, cached: 0.3 },
]
const analysis: Habit[] = [
  { provider: 'openai', model: 'gpt-5.6', share: 2, input: 5200, output: 900, cached: 0.5 },
  { provider: 'google', model: 'gemini-2.5-flash', share: 3, input: 6400, output: 700 },
  { provider: 'deepseek', model: 'deepseek-chat', share: 2, input: 3000, output: 600, cached: 0.5 },
]
const quick: Habit[] = [
  { provider: 'groq', model: 'llama-3.3-70b-versatile', share: 4, input: 700, output: 180 },
  { provider: 'mistral', model: 'mistral-small-latest', share: 3, input: 900, output: 220 },
]

export const demoTenants: DemoTenant[] = [
  {
    name: 'Aurora Varejo',
    plan: 'enterprise',
    people: [
      { name: 'Marina Duarte', email: 'marina@aurora.example', roles: ['admin'] },
      { name: 'Caio Lemos', email: 'caio@aurora.example', roles: ['member'] },
      { name: 'Rita Moraes', email: 'rita@aurora.example', roles: ['viewer'] },
    ],
    agents: [
      {
        name: 'Atendimento',
        description: 'Responde clientes no site e no aplicativo',
        owner: 'marina@aurora.example',
        callsPerHour: 14,
        models: support,
      },
      {
        name: 'Busca de produtos',
        description: 'Encontra produtos pela descrição',
        owner: 'caio@aurora.example',
        callsPerHour: 22,
        models: search,
      },
    ],
    limits: {
      usdPerMonth: 20,
      tokensPerDay: 800_000,
      requestsPerMinute: 60,
      callsAtOnce: 20,
      group: { name: 'Produto', members: ['caio@aurora.example'], usdPerMonth: 0.75 },
    },
  },
  {
    name: 'Banco Ipê',
    plan: 'enterprise',
    people: [
      { name: 'Heitor Campos', email: 'heitor@ipe.example', roles: ['admin'] },
      { name: 'Lúcia Prado', email: 'lucia@ipe.example', roles: ['member'] },
    ],
    agents: [
      {
        name: 'Análise de contratos',
        description: 'Resume contratos e aponta riscos',
        owner: 'lucia@ipe.example',
        callsPerHour: 6,
        models: analysis,
      },
      {
        name: 'Triagem',
        description: 'Classifica mensagens da ouvidoria',
        owner: 'heitor@ipe.example',
        callsPerHour: 12,
        models: quick,
      },
    ],
    limits: {
      usdPerMonth: 12,
      tokensPerDay: 800_000,
      requestsPerMinute: 60,
      callsAtOnce: 10,
      group: { name: 'Jurídico', members: ['lucia@ipe.example'], usdPerMonth: 6 },
    },
  },
  {
    name: 'Clínica Sabiá',
    plan: 'pro',
    people: [
      { name: 'Inês Barros', email: 'ines@sabia.example', roles: ['admin'] },
      { name: 'Otávio Reis', email: 'otavio@sabia.example', roles: ['member'] },
    ],
    agents: [
      {
        name: 'Agenda',
        description: 'Marca e confirma consultas',
        owner: 'ines@sabia.example',
        callsPerHour: 5,
        models: [...quick, ...support],
      },
    ],
    limits: {
      usdPerMonth: 4,
      tokensPerDay: 200_000,
      requestsPerMinute: 30,
      callsAtOnce: 5,
      group: { name: 'Recepção', members: ['ines@sabia.example', 'otavio@sabia.example'], usdPerMonth: 1.8 },
    },
  },
]

/** The keys that serve the whole installation, with their limits in US dollars. */
export const demoSystemKeys: { provider: ProviderName; name: string; limit: number | null }[] = [
  { provider: 'openai', name: 'OpenAI produção', limit: 60 },
  { provider: 'anthropic', name: 'Anthropic produção', limit: 25 },
  { provider: 'google', name: 'Gemini', limit: 20 },
  { provider: 'groq', name: 'Groq', limit: 5 },
  { provider: 'mistral', name: 'Mistral', limit: 5 },
  { provider: 'deepseek', name: 'DeepSeek', limit: 10 },
  { provider: 'cohere', name: 'Cohere', limit: null },
  { provider: 'openrouter', name: 'OpenRouter', limit: 10 },
]
