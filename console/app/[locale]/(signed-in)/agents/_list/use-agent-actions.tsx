'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { useRouter } from '#i18n/navigation.ts'
import { accessKeys, agents } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { paths } from '#lib/paths.ts'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Panel } from '../../_parts/list-url.ts'
import type { Agent } from '../agent.ts'
import type { AgentActions } from './agent-columns.tsx'

type AgentActionsProps = {
  panel: Panel
  validate: (agent: Agent) => void
  /** Working access keys by agent: they end with it. */ keyCounts: ReadonlyMap<string, number>
}

/** What can be done to an agent from its row or panel, and the dialog that retiring it opens. */
export function useAgentActions({ panel, validate, keyCounts }: AgentActionsProps): { actions: AgentActions; dialog: ReactNode } {
  const t = useTranslations('agents')
  const describe = useFailureText()
  const router = useRouter()
  const remove = useApiMutation(agents.remove, [agents.list, accessKeys.list])
  const [retiring, setRetiring] = useState<Agent | null>(null)
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
  const actions = {
    edit: ({ id }: Agent) => panel.edit(id),
    validate: (agent: Agent) => {
      panel.open(agent.id)
      validate(agent)
    },
    createAccessKey: ({ id }: Agent) => router.push(paths.accessKeys({ panel: 'new', for: id })),
    retire: setRetiring,
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
      {t('retireBody', { count: keyCounts.get(retiring?.id ?? '') ?? 0 })}
    </ConfirmDialog>
  )
  return { actions, dialog }
}
