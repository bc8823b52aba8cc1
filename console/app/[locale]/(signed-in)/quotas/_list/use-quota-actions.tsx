'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { quotas } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { mayChange } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import type { QuotaActions } from './quota-columns.tsx'

/** What can be done to a limit from its row or panel, and the dialog that lifting it opens. */
export function useQuotaActions(panel: Panel): { actions: QuotaActions; dialog: ReactNode } {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const describe = useFailureText()
  const me = useMe()
  const remove = useApiMutation(quotas.remove, [quotas.list])
  const [lifting, setLifting] = useState<Quota | null>(null)
  const name = lifting?.subject_name ?? ''
  const close = () => {
    remove.reset()
    setLifting(null)
  }
  const confirm = () => {
    if (!lifting) return
    remove.mutate(
      { params: { id: lifting.id } },
      {
        onSuccess: () => {
          close()
          panel.close()
          showToast({ tone: 'ok', title: t('liftedToast', { name }) })
        },
      },
    )
  }
  const dialog = (
    <ConfirmDialog
      isOpen={lifting !== null}
      title={t('liftTitle')}
      name={name}
      action={t('lift')}
      isBusy={remove.isPending}
      error={remove.error ? describe(remove.error) : undefined}
      onConfirm={confirm}
      onClose={close}
    >
      {lifting && (
        <p>
          {t.rich(lifting.hard ? 'liftBodyHard' : 'liftBodyWatched', {
            rule: () => <strong className="font-medium text-text">{words.rule(lifting)}</strong>,
          })}
        </p>
      )}
      <p className="pt-2">{t('liftHistory')}</p>
    </ConfirmDialog>
  )
  return { actions: { mayChange: (quota) => mayChange(quota, me), edit: ({ id }) => panel.edit(id), lift: setLifting }, dialog }
}
