'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { keyKinds } from '../key-kinds.ts'
import type { KeyKind, ProviderKey } from '../key-kinds.ts'
import type { KeyActions } from './key-columns.tsx'

/** What can be done to a key from its row or panel, and the dialog that removing it opens. */
export function useKeyActions(kind: KeyKind, panel: Panel): { actions: KeyActions; dialog: ReactNode } {
  const t = useTranslations('providerKeys')
  const describe = useFailureText()
  const { endpoints } = keyKinds[kind]
  const change = useApiMutation(endpoints.change, [endpoints.list])
  const remove = useApiMutation(endpoints.remove, [endpoints.list])
  const [removing, setRemoving] = useState<ProviderKey | null>(null)

  const toggle = ({ id, name, is_active }: ProviderKey) =>
    change.mutate(
      { params: { id }, body: { is_active: !is_active, validate: false } },
      {
        onSuccess: () => showToast({ tone: 'ok', title: is_active ? t('disabledToast', { name }) : t('enabledToast', { name }) }),
        onError: (failure) => showToast({ tone: 'danger', title: t('notChanged', { name }), description: describe(failure) }),
      },
    )
  const confirmRemoval = ({ id, name }: ProviderKey) =>
    remove.mutate(
      { params: { id } },
      {
        onSuccess: () => {
          setRemoving(null)
          panel.close()
          showToast({ tone: 'ok', title: t('removedToast', { name }) })
        },
      },
    )

  const dialog = (
    <ConfirmDialog
      isOpen={removing !== null}
      title={t('removeTitle')}
      name={removing?.name}
      action={t('remove')}
      isBusy={remove.isPending}
      error={remove.error ? describe(remove.error) : undefined}
      onConfirm={() => removing && confirmRemoval(removing)}
      onClose={() => setRemoving(null)}
    >
      {t('removeBody')}
    </ConfirmDialog>
  )
  const open = (key: ProviderKey) => {
    remove.reset()
    setRemoving(key)
  }
  return { actions: { edit: ({ id }) => panel.edit(id), toggle, remove: open }, dialog }
}
