'use client'

import { useTranslations } from 'next-intl'
import { useMe } from '#lib/session/me-context.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { standingOf } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import type { Known } from '../_list/use-known.ts'

/** What must be known besides the figures: what is refused now, where the limit is set, what of it is not proved. */
export function QuotaNotes({ quota, known }: { quota: Quota; known: Known }) {
  const t = useTranslations('quotas')
  const tFlags = useTranslations('quotas.flags')
  const words = useQuotaWords()
  const { permissions, roles } = useMe()
  const { state } = standingOf(quota)
  const isRefusing = state === 'reached' || state === 'blocked'
  const status = known.refusalStatusOf(quota)
  const isOutOfReach = quota.imposed && permissions.includes('quotas:write') && !roles.includes('platform_admin')
  return (
    <>
      {isRefusing && <Alert tone="danger">{status === null ? t('refusing') : t('refusingWith', { status })}</Alert>}
      {quota.unproved > 0 && (
        <Alert tone="warning" title={t('unprovedTitle', { amount: words.amount(quota.metric, quota.unproved) })}>
          {t('unprovedBody')}
        </Alert>
      )}
      {quota.origin === 'usage_limit' && (
        <Alert tone="info" title={t('setAtKey')}>
          {tFlags('usageLimit.hint')}
        </Alert>
      )}
      {isOutOfReach && (
        <Alert tone="info" title={t('setFromAbove')}>
          {tFlags('imposed.hint')}
        </Alert>
      )}
    </>
  )
}
