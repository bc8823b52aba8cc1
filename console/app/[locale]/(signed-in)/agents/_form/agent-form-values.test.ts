import { agents } from '@llm-manager/contract/agents'
import { expect, test } from 'vitest'
import type { Agent } from '../agent.ts'
import { agentChangeBody, emptyValues, newAgentBody, valuesOf } from './agent-form-values.ts'

const ana = '01890000-0000-7000-8000-000000000001'
const key = '01890000-0000-7000-8000-000000000002'
const agent: Agent = {
  id: key,
  name: 'Atendimento',
  description: 'Responde',
  provider: 'openai',
  key_id: key,
  owner_id: ana,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: null,
}

test('a form with a name alone makes an agent without provider or key, of the person', () => {
  const body = newAgentBody({ ...emptyValues(ana), name: ' Atendimento ' })
  expect(body).toEqual({ name: 'Atendimento', description: null, provider: null, key_id: null, owner_id: ana })
  expect(agents.create.body.safeParse(body).success).toBe(true)
})

test('a change leaves the key alone unless another was chosen', () => {
  expect(agentChangeBody({ ...valuesOf(agent), description: ' ' }, agent)).toEqual({
    name: 'Atendimento',
    description: null,
    provider: 'openai',
  })
  expect(agentChangeBody({ ...valuesOf(agent), key_id: 'none' }, agent)).toEqual({
    name: 'Atendimento',
    description: 'Responde',
    provider: 'openai',
    key_id: null,
  })
})
