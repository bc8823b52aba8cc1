'use client'

import { Ban, CircleCheck, CircleX, CloudOff, Gauge, LoaderCircle, SearchX, ShieldAlert, TriangleAlert, Wallet } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { useFailureText } from '#lib/api/failure-text.ts'
import { providerLabel } from '#lib/providers.ts'
import { Mono } from '#ui/data/mono.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { cx } from '#ui/theme/cx.ts'
import type { Asked } from '../_list/use-validation.ts'
import type { ValidationStatus } from '../agent.ts'

type Look = { tone: 'ok' | 'warning' | 'danger'; icon: LucideIcon }

/** Refusals that only the customer can end are dangers; what may pass by itself is a warning. */
const looks: Record<ValidationStatus, Look> = {
  active: { tone: 'ok', icon: CircleCheck },
  no_credit: { tone: 'danger', icon: Wallet },
  invalid: { tone: 'danger', icon: CircleX },
  blocked: { tone: 'danger', icon: Ban },
  restricted: { tone: 'warning', icon: ShieldAlert },
  throttled: { tone: 'warning', icon: Gauge },
  unreachable: { tone: 'warning', icon: CloudOff },
}

/** Their name says the reason; the code of it would add nothing. */
const plainStatuses: readonly ValidationStatus[] = ['active', 'no_credit', 'restricted', 'throttled']

const grounds = { ok: 'bg-ok-soft text-ok-text', warning: 'bg-warning-soft text-warning-text', danger: 'bg-danger-soft text-danger-text' }

/** What the provider said of the key, told apart by icon, word and tone, and what to do about it. */
export function ValidationResult({ asked }: { asked: Asked | null }) {
  return (
    <div aria-live="polite" className="empty:hidden">
      {asked && <Outcome asked={asked} />}
    </div>
  )
}

function Outcome({ asked: { isPending, answer, failure, atMs } }: { asked: Asked }) {
  const t = useTranslations('agents.validation')
  const describe = useFailureText()
  if (isPending) {
    return (
      <p className="flex items-center gap-2 text-sm text-muted">
        <LoaderCircle aria-hidden className="size-4 animate-spin" /> {t('asking')}
      </p>
    )
  }
  if (failure) {
    const isUnbound = failure.code === 'not_found'
    return (
      <Box look={{ tone: 'warning', icon: isUnbound ? SearchX : TriangleAlert }} title={isUnbound ? t('noKey.name') : t('failed')}>
        {isUnbound ? t('noKey.hint') : describe(failure)}
      </Box>
    )
  }
  if (!answer) return null
  const { status, reason } = answer.model_info
  return (
    <Box look={looks[status]} title={`${providerLabel(answer.provider)}: ${t(`${status}.name`)}`}>
      {t(`${status}.hint`)}{' '}
      <span className="whitespace-nowrap">
        {reason && !plainStatuses.includes(status) && (
          <>
            <Mono>{reason}</Mono> ·{' '}
          </>
        )}
        <Instant at={new Date(atMs).toISOString()} />
      </span>
    </Box>
  )
}

function Box({ look: { tone, icon: Icon }, title, children }: { look: Look; title: string; children: ReactNode }) {
  return (
    <div className={cx('flex gap-2 rounded-md px-3 py-2 text-sm', grounds[tone])}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="[overflow-wrap:anywhere]">{children}</p>
      </div>
    </div>
  )
}
