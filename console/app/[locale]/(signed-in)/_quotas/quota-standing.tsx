'use client'

import { Ban, CircleCheck, Hourglass, OctagonMinus, TriangleAlert } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Status } from '#ui/data/badge.tsx'
import type { Tone } from '#ui/data/badge.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { standingOf } from './quota.ts'
import type { Quota, Standing } from './quota.ts'

const looks: Record<Standing['state'], { tone: Tone; icon: LucideIcon }> = {
  blocked: { tone: 'danger', icon: Ban },
  reached: { tone: 'danger', icon: OctagonMinus },
  full: { tone: 'warning', icon: Hourglass },
  over: { tone: 'warning', icon: TriangleAlert },
  near: { tone: 'warning', icon: TriangleAlert },
  fine: { tone: 'ok', icon: CircleCheck },
}

/** How a limit stands, in a word; what that means for calls on hover. */
export function StandingLabel({ quota }: { quota: Quota }) {
  const { state } = standingOf(quota)
  const { name, hint } = useStandingText()(quota)
  const { tone, icon } = looks[state]
  return (
    <Status tone={tone} icon={icon} hint={hint}>
      {name}
    </Status>
  )
}

/** Words how a limit stands, and what that means for calls. */
export function useStandingText(): (quota: Quota) => { name: string; hint: string } {
  const t = useTranslations('quota.standing')
  const format = useFormat()
  return (quota) => {
    const standing = standingOf(quota)
    if (standing.state === 'near') {
      const mark = format.share(standing.threshold)
      return { name: t('near.name', { mark }), hint: quota.hard ? t('near.hintHard') : t('near.hintWatched') }
    }
    if (standing.state === 'full' && quota.metric === 'parallel') return { name: t('busy.name'), hint: t('busy.hint') }
    return { name: t(`${standing.state}.name`), hint: t(`${standing.state}.hint`) }
  }
}
