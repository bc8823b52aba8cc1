'use client'

import { groups as schemas } from '@llm-manager/contract/groups'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { groups } from '#lib/api/endpoints.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import { Button } from '#ui/action/button.tsx'
import { Field } from '#ui/form/field.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Input } from '#ui/form/input.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { useDiscardGuard } from '../../_parts/discard-guard.tsx'
import type { Group } from '../group.ts'

type GroupFormProps = { edited?: Group; onClose: () => void; onSaved: (id: string) => void }

/** Creates a group, or gives one another name. */
export function GroupForm({ edited, onClose, onSaved }: GroupFormProps) {
  const t = useTranslations('groups')
  const formId = useId()
  const { form, submit, errorOf, formError, isBusy, isDirty } = useGroupForm({ edited, onSaved })
  const { requestClose, discardDialog } = useDiscardGuard(isDirty, onClose)
  const footer = (
    <>
      <Button onClick={requestClose}>{t('cancel')}</Button>
      <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
        {edited ? t('save') : t('createGroup')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen isModal title={edited ? t('renameTitle', { name: edited.name }) : t('newTitle')} onClose={requestClose} footer={footer}>
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field label={t('name')} error={errorOf('name')}>
          {(control) => <Input {...control} {...form.register('name')} placeholder={t('namePlaceholder')} autoComplete="off" />}
        </Field>
        {formError && <Alert tone="danger">{formError}</Alert>}
      </form>
      {discardDialog}
    </Sheet>
  )
}

function useGroupForm({ edited, onSaved }: Omit<GroupFormProps, 'onClose'>) {
  const t = useTranslations('groups')
  const create = useApiMutation(groups.create, [groups.list])
  const change = useApiMutation(groups.change, [groups.list])
  return useApiForm<{ name: string }, { name: string }>({
    initial: { name: edited?.name ?? '' },
    schema: edited ? schemas.change.body : schemas.create.body,
    toBody: ({ name }) => ({ name: name.trim() }),
    send: async (body) => {
      const saved = await (edited ? change.mutateAsync({ params: { id: edited.id }, body }) : create.mutateAsync({ body }))
      showToast({ tone: 'ok', title: t(edited ? 'renamedToast' : 'createdToast', { name: saved.name }) })
      onSaved(saved.id)
    },
    wordFailure: ({ code }) => (code === 'conflict' ? t('nameTaken') : undefined),
  })
}
