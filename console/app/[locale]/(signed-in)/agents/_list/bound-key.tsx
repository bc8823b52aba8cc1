'use client'

import { Route } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { agents } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { providerLabel } from '#lib/providers.ts'
import { Mono } from '#ui/data/mono.tsx'
import { Skeleton } from '#ui/state/skeleton.tsx'
import { ProviderMark } from '../../_parts/provider-mark.tsx'
import { bindingOf } from '../agent.ts'
import type { Agent, Known } from '../agent.ts'

/** The key an agent calls with, in a line or two: by name where the person may see it. */
export function BoundKey({ agent, known }: { agent: Agent; known: Known }) {
  const t = useTranslations('agents')
  const binding = bindingOf(agent, known)
  if (binding.kind === 'hidden') return <HiddenKey agent={agent} known={known} />
  if (binding.kind === 'automatic') {
    return (
      <span data-hint={t('automaticHint')} className="inline-flex items-center gap-2 text-muted">
        <span className="flex size-6 shrink-0 items-center justify-center">
          <Route aria-hidden className="size-4 text-faint" />
        </span>
        {t('automatic')}
      </span>
    )
  }
  const { type, key } = binding
  return (
    <KeyLines mark={<ProviderMark provider={key.provider} isDimmed={!key.is_active} />} name={key.name}>
      {t(`keyType.${type}`)} · <Mono>{key.key_hint || providerLabel(key.provider)}</Mono>
    </KeyLines>
  )
}

/** Someone else's key, or one of the system that the person may not see: whose it is and where it leads. */
function HiddenKey({ agent, known }: { agent: Agent; known: Known }) {
  const t = useTranslations('agents')
  const { data } = useApiQuery(agents.getKey, { sent: { params: { id: agent.id } }, key: [agent.id, agent.key_id] })
  if (!data) return <Skeleton className="h-4 w-32" />
  const owner = known.users.find(({ id }) => id === agent.owner_id)?.name
  return (
    <KeyLines
      mark={<ProviderMark provider={data.provider} />}
      name={data.type === 'system' ? t('systemKey') : owner ? t('keyOf', { owner }) : t('ownersKey')}
    >
      {providerLabel(data.provider)}
    </KeyLines>
  )
}

function KeyLines({ mark, name, children }: { mark: ReactNode; name: string; children: ReactNode }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      {mark}
      <span className="flex min-w-0 flex-col">
        <span className="truncate @lg:max-w-36 @4xl:max-w-52">{name}</span>
        <span className="truncate text-xs text-faint">{children}</span>
      </span>
    </span>
  )
}
