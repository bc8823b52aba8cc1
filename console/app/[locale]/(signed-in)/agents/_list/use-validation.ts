'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import { useState } from 'react'
import { agents, systemKeys, userKeys } from '#lib/api/endpoints.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import type { Agent, Validation } from '../agent.ts'

export type Asked = { agentId: string; isPending: boolean; answer: Validation | null; failure: CallFailed | null; atMs: number }

/** Asks the provider about the key that an agent would call with now; the answer to the last question stays until the next. */
export function useValidation(): { asked: Asked | null; validate: (agent: Agent) => void } {
  const [asked, setAsked] = useState<Asked | null>(null)
  const validation = useApiMutation(agents.validateKey, [userKeys.list, systemKeys.list])
  const validate = ({ id }: Agent) => {
    const question = { agentId: id, isPending: false, answer: null, failure: null }
    setAsked({ ...question, isPending: true, atMs: Date.now() })
    const put = (outcome: Partial<Asked>) =>
      setAsked((last) => (last?.agentId === id ? { ...question, ...outcome, atMs: Date.now() } : last))
    validation.mutate({ params: { id } }, { onSuccess: (answer) => put({ answer }), onError: (failure) => put({ failure }) })
  }
  return { asked, validate }
}
