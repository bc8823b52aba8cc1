'use client'

import { useTranslations } from 'next-intl'
import { quotas } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'

type LiftDialogProps = { lifted: Quota; onLifted: () => void; onClose: () => void }

/** Asks before a limit is lifted, and says what becomes of its history. */
export function LiftDialog({ lifted, onLifted, onClose }: LiftDialogProps) {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const describe = useFailureText()
  const remove = useApiMutation(quotas.remove, [quotas.list])
  const name = lifted.subject_name ?? ''
  const onSuccess = () => {
    onLifted()
    showToast({ tone: 'ok', title: t('liftedToast', { name }) })
  }
  const rule = () => <strong className="font-medium text-text">{words.rule(lifted)}</strong>
  return (
    <ConfirmDialog
      isOpen
      title={t('liftTitle')}
      name={name}
      action={t('lift')}
      isBusy={remove.isPending}
      error={remove.error ? describe(remove.error) : undefined}
      onConfirm={() => remove.mutate({ params: { id: lifted.id } }, { onSuccess })}
      onClose={onClose}
    >
      <p>{t.rich(lifted.hard ? 'liftBodyHard' : 'liftBodyWatched', { rule })}</p>
      <p className="pt-2">{t('liftHistory')}</p>
    </ConfirmDialog>
  )
}
