'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { accessKeys } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { Instant } from '#ui/figure/instant.tsx'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Panel } from '../../_parts/list-url.ts'
import type { AccessKey, MadeAccessKey } from '../access-key.ts'
import type { AccessKeyActions } from './key-columns.tsx'

type Asked = { what: 'rotate' | 'revoke'; key: AccessKey }

/** What can be done to an access key from its row or panel, and the dialogs that ask first. `onMade` gets a new secret. */
export function useKeyActions(panel: Panel, onMade: (made: MadeAccessKey) => void): { actions: AccessKeyActions; dialogs: ReactNode } {
  const [asked, setAsked] = useState<Asked | null>(null)
  const close = () => setAsked(null)
  const actions = {
    edit: ({ id }: AccessKey) => panel.edit(id),
    rotate: (key: AccessKey) => setAsked({ what: 'rotate', key }),
    revoke: (key: AccessKey) => setAsked({ what: 'revoke', key }),
  }
  const dialogs = (
    <>
      <RotateDialog rotated={asked?.what === 'rotate' ? asked.key : null} onMade={onMade} onClose={close} />
      <RevokeDialog revoked={asked?.what === 'revoke' ? asked.key : null} onClose={close} />
    </>
  )
  return { actions, dialogs }
}

function RotateDialog({
  rotated,
  onMade,
  onClose,
}: {
  rotated: AccessKey | null
  onMade: (made: MadeAccessKey) => void
  onClose: () => void
}) {
  const t = useTranslations('accessKeys')
  const describe = useFailureText()
  const rotate = useApiMutation(accessKeys.rotate, [accessKeys.list])
  const close = () => {
    rotate.reset()
    onClose()
  }
  const confirm = () => {
    if (!rotated) return
    rotate.mutate(
      { params: { id: rotated.id } },
      {
        onSuccess: (made) => {
          close()
          onMade(made)
        },
      },
    )
  }
  return (
    <ConfirmDialog
      isOpen={rotated !== null}
      title={t('rotateTitle', { name: rotated?.name ?? '' })}
      action={t('rotate')}
      isBusy={rotate.isPending}
      error={rotate.error ? describe(rotate.error) : undefined}
      onConfirm={confirm}
      onClose={close}
    >
      <p>{t('rotateBody')}</p>
      {rotated?.last_used && (
        <p className="pt-2">
          <LastUse at={rotated.last_used} />
        </p>
      )}
    </ConfirmDialog>
  )
}

function RevokeDialog({ revoked, onClose }: { revoked: AccessKey | null; onClose: () => void }) {
  const t = useTranslations('accessKeys')
  const describe = useFailureText()
  const remove = useApiMutation(accessKeys.remove, [accessKeys.list])
  const close = () => {
    remove.reset()
    onClose()
  }
  const confirm = () => {
    if (!revoked) return
    remove.mutate(
      { params: { id: revoked.id } },
      {
        onSuccess: () => {
          close()
          showToast({ tone: 'ok', title: t('revokedToast', { name: revoked.name }) })
        },
      },
    )
  }
  return (
    <ConfirmDialog
      isOpen={revoked !== null}
      title={t('revokeTitle')}
      name={revoked?.name}
      action={t('revoke')}
      isBusy={remove.isPending}
      error={remove.error ? describe(remove.error) : undefined}
      onConfirm={confirm}
      onClose={close}
    >
      <p>{t('revokeBody')}</p>
      {revoked?.last_used && (
        <p className="pt-2">
          <LastUse at={revoked.last_used} />
        </p>
      )}
    </ConfirmDialog>
  )
}

/** Whether anything still uses the key, before it stops. */
function LastUse({ at }: { at: string }) {
  const t = useTranslations('accessKeys')
  return <span className="font-medium text-text">{t.rich('lastUseWas', { when: () => <Instant at={at} /> })}</span>
}
