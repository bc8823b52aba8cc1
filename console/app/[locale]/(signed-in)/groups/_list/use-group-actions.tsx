'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { groups, quotas } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Panel } from '../../_parts/list-url.ts'
import type { Group, GroupActions } from '../group.ts'

/** What can be done to a group from its row or panel, and the dialog that retiring it opens. `limitCounts`: they end with it. */
export function useGroupActions(panel: Panel, limitCounts: ReadonlyMap<string, number>): { actions: GroupActions; dialog: ReactNode } {
  const t = useTranslations('groups')
  const describe = useFailureText()
  const remove = useApiMutation(groups.remove, [groups.list, quotas.list])
  const [retiring, setRetiring] = useState<Group | null>(null)
  const close = () => {
    remove.reset()
    setRetiring(null)
  }
  const confirm = () => {
    if (!retiring) return
    const { id, name } = retiring
    remove.mutate(
      { params: { id } },
      {
        onSuccess: () => {
          close()
          panel.close()
          showToast({ tone: 'ok', title: t('retiredToast', { name }) })
        },
      },
    )
  }
  const dialog = (
    <ConfirmDialog
      isOpen={retiring !== null}
      title={t('retireTitle')}
      name={retiring?.name}
      action={t('retire')}
      isBusy={remove.isPending}
      error={remove.error ? describe(remove.error) : undefined}
      onConfirm={confirm}
      onClose={close}
    >
      {t('retireBody', { count: limitCounts.get(retiring?.id ?? '') ?? 0 })}
    </ConfirmDialog>
  )
  return { actions: { rename: ({ id }) => panel.edit(id), retire: setRetiring }, dialog }
}
