'use client'

import { useTranslations } from 'next-intl'
import { providerLabel } from '#lib/providers.ts'
import type { Agent, Known } from '../agent.ts'

/** Which key serves an agent that is bound to none: the first that there is. */
export function Resolution({ agent, known }: { agent: Agent; known: Known }) {
  const t = useTranslations('agents.resolution')
  const provider = agent.provider ? providerLabel(agent.provider) : null
  const owner = agent.owner_id === known.meId ? null : known.users.find(({ id }) => id === agent.owner_id)?.name
  const steps = [
    owner ? t('owners', { owner }) : agent.owner_id === known.meId ? t('yours') : t('ownersUnknown'),
    t('tenants'),
    t('installations'),
  ]
  return (
    <div className="flex flex-col gap-2 text-xs text-muted">
      <p>{provider ? t('intro', { provider }) : t('introAny')}</p>
      <ol className="flex flex-col gap-1.5">
        {steps.map((step, index) => (
          <li key={step} className="flex items-center gap-2 text-text">
            <span
              aria-hidden
              className="flex size-5 shrink-0 items-center justify-center rounded-full border bg-surface text-2xs text-muted tabular-nums"
            >
              {index + 1}
            </span>
            {step}
          </li>
        ))}
      </ol>
      <p>{t('onlyAbsence')}</p>
    </div>
  )
}
