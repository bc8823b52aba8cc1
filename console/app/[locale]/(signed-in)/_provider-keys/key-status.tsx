'use client'

import { Ban, CircleAlert, CircleCheck, CircleDashed, CirclePause, Hourglass, TriangleAlert } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Status } from '#ui/data/badge.tsx'
import type { Tone } from '#ui/data/badge.tsx'
import { standingOf } from './key-kinds.ts'
import type { KeyStatus, ProviderKey } from './key-kinds.ts'

const looks: Record<KeyStatus, { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'ok', icon: CircleCheck },
  unverified: { tone: 'neutral', icon: CircleDashed },
  degraded: { tone: 'warning', icon: TriangleAlert },
  invalid: { tone: 'danger', icon: CircleAlert },
  limit_reached: { tone: 'danger', icon: Ban },
  expired: { tone: 'warning', icon: Hourglass },
  disabled: { tone: 'neutral', icon: CirclePause },
}

type KeyStatusLabelProps = { status: KeyStatus; /** Why, as the API says it. */ reason?: string | null }

/** The state of a provider key, by its reason where that is known; what it means on hover. */
export function KeyStatusLabel({ status, reason = null }: KeyStatusLabelProps) {
  const { name, hint } = useKeyStatusText()({ status, status_reason: reason })
  const { tone, icon } = looks[status]
  return (
    <Status tone={tone} icon={icon} hint={hint}>
      {name}
    </Status>
  )
}

/** Words the state of a key, and what it means. */
export function useKeyStatusText(): (key: Pick<ProviderKey, 'status' | 'status_reason'>) => { name: string; hint: string } {
  const t = useTranslations('providerKeys')
  return (key) => {
    const standing = standingOf(key)
    if (standing) return { name: t(`standing.${standing}.name`), hint: t(`standing.${standing}.hint`) }
    return { name: t(`status.${key.status}.name`), hint: t(`status.${key.status}.hint`) }
  }
}
