import { agents } from '@llm-manager/contract/agents'
import { bind } from '../../platform/bind.ts'
import { getAgentKey, setAgentKey, validateAgentKey } from './agent-key.ts'
import { changeAgent, createAgent, getAgent, listAgentsInReach, removeAgent } from './agents.ts'

export const agentRoutes = bind('agents', agents, {
  create: createAgent,
  list: listAgentsInReach,
  get: getAgent,
  change: changeAgent,
  remove: removeAgent,
  getKey: getAgentKey,
  setKey: setAgentKey,
  validateKey: validateAgentKey,
})
