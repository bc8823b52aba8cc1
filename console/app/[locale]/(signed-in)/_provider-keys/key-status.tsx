'use client'

import { Ban, CircleAlert, CircleCheck, CircleDashed, CirclePause, Hourglass, TriangleAlert } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Status } from '#ui/data/badge.tsx'
import type { Tone } from '#ui/data/badge.tsx'
import type { KeyStatus } from './key-kinds.ts'

const looks: Record<KeyStatus, { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'ok', icon: CircleCheck },
  unverified: { tone: 'neutral', icon: CircleDashed },
  degraded: { tone: 'warning', icon: TriangleAlert },
  invalid: { tone: 'danger', icon: CircleAlert },
  limit_reached: { tone: 'danger', icon: Ban },
  expired: { tone: 'warning', icon: Hourglass },
  disabled: { tone: 'neutral', icon: CirclePause },
}

/** The state of a provider key; what it means on hover. */
export function KeyStatusLabel({ status }: { status: KeyStatus }) {
  const t = useTranslations('providerKeys.status')
  const { tone, icon } = looks[status]
  return (
    <Status tone={tone} icon={icon} hint={t(`${status}.hint`)}>
      {t(`${status}.name`)}
    </Status>
  )
}
