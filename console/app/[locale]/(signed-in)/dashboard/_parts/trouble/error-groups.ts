import type { Replied } from '@llm-manager/contract/endpoint'
import type { usage as Usage } from '@llm-manager/contract/usage'

export type UsageEvent = Replied<typeof Usage.events>['items'][number]

/** Errors of one cause: same origin, same provider, same code. */
export type ErrorGroup = {
  id: string
  source: 'gateway' | 'provider' | 'client'
  provider: UsageEvent['provider']
  code: string
  models: string[]
  count: number
  lastAt: string
}

/** The causes behind some errors, the latest first. `events` come newest first. */
export function groupErrors(events: readonly UsageEvent[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>()
  for (const { error_source, error_code, http_status, provider, model, at } of events) {
    const source = error_source ?? 'provider'
    const code = error_code ?? (http_status === null ? 'unknown' : `HTTP ${http_status}`)
    const id = [source, provider, code].join(' ')
    const group = groups.get(id)
    if (!group) groups.set(id, { id, source, provider, code, models: [model], count: 1, lastAt: at })
    else {
      group.count += 1
      if (!group.models.includes(model)) group.models.push(model)
    }
  }
  return [...groups.values()]
}
