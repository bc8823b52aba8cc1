'use client'

import { CallFailed } from '@llm-manager/contract/client'
import { NewProviderKey, ProviderKeyChange } from '@llm-manager/contract/provider-keys'
import { useLocale, useTranslations } from 'next-intl'
import { useId } from 'react'
import { useWatch } from 'react-hook-form'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import { Button } from '#ui/action/button.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import type { Toast } from '#ui/overlay/toast.ts'
import { useDiscardGuard } from '../../_parts/discard-guard.tsx'
import { keyKinds, standingOf } from '../key-kinds.ts'
import type { KeyKind, ProviderKey } from '../key-kinds.ts'
import { CredentialFields } from './credential-fields.tsx'
import { emptyValues, keyChangeBody, newKeyBody, valuesOf } from './key-form-values.ts'
import type { KeyFormValues } from './key-form-values.ts'
import { LimitFields, MoreFields } from './setting-fields.tsx'
import { ProviderPicker } from './provider-picker.tsx'

type KeyFormProps = { kind: KeyKind; edited?: ProviderKey; onClose: () => void; onSaved: (key: ProviderKey) => void }

/** Creates a provider key, or changes one. */
export function KeyForm({ kind, edited, onClose, onSaved }: KeyFormProps) {
  const t = useTranslations('providerKeys')
  const formId = useId()
  const api = useKeyForm({ kind, edited, onSaved })
  const { form, submit, formError, isBusy, isDirty } = api
  const { requestClose, discardDialog } = useDiscardGuard(isDirty, onClose)
  const provider = useWatch({ control: form.control, name: 'provider' })
  const footer = (
    <>
      <Button onClick={requestClose}>{t('cancel')}</Button>
      <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
        {edited ? t('save') : t('createKey')}
      </Button>
    </>
  )
  return (
    <Sheet
      isOpen
      isModal
      title={edited ? t('editTitle', { name: edited.name }) : t(`newTitle.${kind}`)}
      onClose={requestClose}
      footer={footer}
    >
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-5">
        {!edited && (
          <ProviderPicker
            label={t('provider')}
            value={provider}
            onChange={(chosen) => form.setValue('provider', chosen, { shouldDirty: true })}
          />
        )}
        <CredentialFields api={api} provider={provider} isNew={!edited} />
        <LimitFields api={api} />
        <MoreFields api={api} isNew={!edited} provider={provider} />
        {formError && <Alert tone="danger">{formError}</Alert>}
      </form>
      {discardDialog}
    </Sheet>
  )
}

function useKeyForm({ kind, edited, onSaved }: Omit<KeyFormProps, 'onClose'>) {
  const t = useTranslations('providerKeys')
  const locale = useLocale()
  const { endpoints } = keyKinds[kind]
  const create = useApiMutation(endpoints.create, [endpoints.list])
  const change = useApiMutation(endpoints.change, [endpoints.list])
  const toastOf = (saved: ProviderKey): Toast => {
    const { name, status } = saved
    const standing = standingOf(saved)
    if (standing || status === 'degraded')
      return {
        tone: 'warning',
        title: t('keptToast', { name }),
        description: standing ? t(`standing.${standing}.saved`) : t('status.degraded.hint'),
      }
    if (edited) return { tone: 'ok', title: t('savedToast', { name }) }
    if (status === 'unverified') return { tone: 'warning', title: t('keptToast', { name }), description: t('status.unverified.hint') }
    return { tone: 'ok', title: status === 'active' ? t('createdToast', { name }) : t('keptToast', { name }) }
  }
  return useApiForm<KeyFormValues, ReturnType<typeof newKeyBody> | ReturnType<typeof keyChangeBody>>({
    initial: edited ? valuesOf(edited, locale) : emptyValues(),
    schema: edited ? ProviderKeyChange : NewProviderKey,
    toBody: (values) => (edited ? keyChangeBody(values, edited, locale) : newKeyBody(values, locale)),
    send: async (body) => {
      const saved = await atItsField(
        edited
          ? change.mutateAsync({ params: { id: edited.id }, body })
          : create.mutateAsync({ body: body as ReturnType<typeof newKeyBody> }),
      )
      showToast(toastOf(saved))
      onSaved(saved)
    },
  })
}

/** A key that the provider refused is a fault of the field it was typed in. */
async function atItsField<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent
  } catch (failure) {
    if (!(failure instanceof CallFailed) || failure.code !== 'key_refused') throw failure
    throw new CallFailed(failure.status, {
      detail: failure.message,
      code: failure.code,
      errors: [{ path: 'api_key', reason: failure.message }],
      request_id: failure.requestId ?? undefined,
    })
  }
}
