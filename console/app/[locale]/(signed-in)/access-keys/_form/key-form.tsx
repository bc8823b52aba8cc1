'use client'

import { accessKeys as schemas } from '@llm-manager/contract/access-keys'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { accessKeys } from '#lib/api/endpoints.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { Field } from '#ui/form/field.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Input } from '#ui/form/input.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { useDiscardGuard } from '../../_parts/discard-guard.tsx'
import { forMe } from '../access-key.ts'
import type { AccessKey, Agent, MadeAccessKey } from '../access-key.ts'
import { BelongsField, mayBeFor } from './belongs-field.tsx'
import { ExpiryFields } from './expiry-fields.tsx'
import { emptyValues, keyChangeBody, newKeyBody, valuesOf } from './key-form-values.ts'
import type { AccessKeyFormValues } from './key-form-values.ts'
import { ModeField } from './mode-field.tsx'
import { ModelsField, MoreFields } from './restriction-fields.tsx'

type KeyFormProps = {
  edited?: AccessKey
  agents: readonly Agent[]
  /** For whom a new key is, unless the person chooses otherwise. */
  belongs: string | null
  /** Where models are suggested from. */
  knownKeys: readonly AccessKey[]
  onClose: () => void
  onMade: (made: MadeAccessKey) => void
  onSaved: (id: string) => void
}

/** Creates an access key, or changes what one may do. */
export function KeyForm(props: KeyFormProps) {
  const { edited, agents, knownKeys, onClose } = props
  const t = useTranslations('accessKeys')
  const formId = useId()
  const api = useKeyForm(props)
  const { form, submit, errorOf, formError, isBusy, isDirty } = api
  const { requestClose, discardDialog } = useDiscardGuard(isDirty, onClose)
  const footer = (
    <>
      <Button onClick={requestClose}>{t('cancel')}</Button>
      <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
        {edited ? t('save') : t('createKey')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen isModal title={edited ? t('editTitle', { name: edited.name }) : t('newTitle')} onClose={requestClose} footer={footer}>
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field label={t('name')} help={t('nameHelp')} error={errorOf('name')}>
          {(control) => (
            <Input {...control} {...form.register('name')} placeholder={t('namePlaceholder')} autoComplete="off" autoFocus={!edited} />
          )}
        </Field>
        {!edited && <BelongsField api={api} agents={agents} />}
        {!edited && <ModeField api={api} />}
        <ModelsField api={api} knownKeys={knownKeys} />
        <ExpiryFields api={api} />
        <MoreFields api={api} />
        {formError && <Alert tone="danger">{formError}</Alert>}
      </form>
      {discardDialog}
    </Sheet>
  )
}

function useKeyForm({ edited, agents, belongs, onMade, onSaved }: KeyFormProps) {
  const t = useTranslations('accessKeys')
  const me = useMe()
  const create = useApiMutation(accessKeys.create, [accessKeys.list])
  const change = useApiMutation(accessKeys.change, [accessKeys.list])
  type Body = ReturnType<typeof newKeyBody> | ReturnType<typeof keyChangeBody>
  return useApiForm<AccessKeyFormValues, Body>({
    initial: edited ? valuesOf(edited) : emptyValues(belongs && mayBeFor(belongs, me, agents) ? belongs : forMe),
    schema: edited ? schemas.change.body : schemas.create.body,
    toBody: (values) => (edited ? keyChangeBody(values, edited, new Date()) : newKeyBody(values, me.id, new Date())),
    send: async (body) => {
      if (!edited) return onMade(await create.mutateAsync({ body }))
      const saved = await change.mutateAsync({ params: { id: edited.id }, body })
      showToast({ tone: 'ok', title: t('savedToast', { name: saved.name }) })
      onSaved(saved.id)
    },
  })
}
