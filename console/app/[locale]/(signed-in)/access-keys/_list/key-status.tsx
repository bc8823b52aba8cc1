'use client'

import { Ban, CircleCheck, FlaskConical, Hourglass } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Badge, Status } from '#ui/data/badge.tsx'
import type { Tone } from '#ui/data/badge.tsx'
import { cx } from '#ui/theme/cx.ts'
import type { AccessKey, AccessKeyStatus } from '../access-key.ts'

const looks: Record<AccessKeyStatus, { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'ok', icon: CircleCheck },
  expired: { tone: 'warning', icon: Hourglass },
  revoked: { tone: 'neutral', icon: Ban },
}

/** The state of an access key; what it means on hover. */
export function KeyStatusLabel({ status }: { status: AccessKeyStatus }) {
  const t = useTranslations('accessKeys.status')
  const { tone, icon } = looks[status]
  return (
    <Status tone={tone} icon={icon} hint={t(`${status}.hint`)}>
      {t(`${status}.name`)}
    </Status>
  )
}

/** Whether what is done with a key counts. */
export function ModeBadge({ mode }: { mode: AccessKey['mode'] }) {
  const t = useTranslations('accessKeys.mode')
  return (
    <Badge tone={mode === 'test' ? 'info' : 'neutral'} hint={t(`${mode}.hint`)}>
      {t(`${mode}.name`)}
    </Badge>
  )
}

/** The same under a key's name: the usual one quietly, the other so that it is seen. */
export function ModeNote({ mode }: { mode: AccessKey['mode'] }) {
  const t = useTranslations('accessKeys.mode')
  const isTest = mode === 'test'
  return (
    <span
      data-hint={t(`${mode}.hint`)}
      className={cx('inline-flex w-fit items-center gap-1 text-xs', isTest ? 'font-medium text-info-text' : 'font-normal text-faint')}
    >
      {isTest && <FlaskConical aria-hidden className="size-3" />}
      {t(`${mode}.name`)}
    </span>
  )
}
