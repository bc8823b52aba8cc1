'use client'

import { agents as schemas } from '@llm-manager/contract/agents'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { agents } from '#lib/api/endpoints.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import { Button } from '#ui/action/button.tsx'
import { Field } from '#ui/form/field.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Input, Textarea } from '#ui/form/input.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { useDiscardGuard } from '../../_parts/discard-guard.tsx'
import type { Agent, Known } from '../agent.ts'
import { agentChangeBody, emptyValues, newAgentBody, valuesOf } from './agent-form-values.ts'
import type { AgentFormValues } from './agent-form-values.ts'
import { KeyFields, OwnerField } from './choice-fields.tsx'

type AgentFormProps = { edited?: Agent; known: Known; onClose: () => void; onSaved: (id: string) => void }

/** Creates an agent, or changes one. */
export function AgentForm({ edited, known, onClose, onSaved }: AgentFormProps) {
  const t = useTranslations('agents')
  const formId = useId()
  const api = useAgentForm({ edited, known, onSaved })
  const { form, submit, errorOf, formError, isBusy, isDirty } = api
  const { requestClose, discardDialog } = useDiscardGuard(isDirty, onClose)
  const footer = (
    <>
      <Button onClick={requestClose}>{t('cancel')}</Button>
      <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
        {edited ? t('save') : t('createAgent')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen isModal title={edited ? t('editTitle', { name: edited.name }) : t('newTitle')} onClose={requestClose} footer={footer}>
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field label={t('name')} error={errorOf('name')}>
          {(control) => (
            <Input {...control} {...form.register('name')} placeholder={t('namePlaceholder')} autoComplete="off" autoFocus={!edited} />
          )}
        </Field>
        <Field label={t('description')} isOptional error={errorOf('description')}>
          {(control) => <Textarea {...control} {...form.register('description')} rows={2} placeholder={t('descriptionPlaceholder')} />}
        </Field>
        {!edited && <OwnerField api={api} known={known} />}
        <KeyFields api={api} known={known} edited={edited} />
        {formError && <Alert tone="danger">{formError}</Alert>}
      </form>
      {discardDialog}
    </Sheet>
  )
}

function useAgentForm({ edited, known, onSaved }: Omit<AgentFormProps, 'onClose'>) {
  const t = useTranslations('agents')
  const create = useApiMutation(agents.create, [agents.list])
  const change = useApiMutation(agents.change, [agents.list])
  return useApiForm<AgentFormValues, ReturnType<typeof newAgentBody> | ReturnType<typeof agentChangeBody>>({
    initial: edited ? valuesOf(edited) : emptyValues(known.meId),
    schema: edited ? schemas.change.body : schemas.create.body,
    toBody: (values) => (edited ? agentChangeBody(values, edited) : newAgentBody(values)),
    send: async (body) => {
      const saved = await (edited ? change.mutateAsync({ params: { id: edited.id }, body }) : create.mutateAsync({ body }))
      showToast({ tone: 'ok', title: t(edited ? 'savedToast' : 'createdToast', { name: saved.name }) })
      onSaved(saved.id)
    },
  })
}
