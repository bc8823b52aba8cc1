'use client'

import { quotas as schemas } from '@llm-manager/contract/quotas'
import { useLocale, useTranslations } from 'next-intl'
import { useId } from 'react'
import { useWatch } from 'react-hook-form'
import { quotas } from '#lib/api/endpoints.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { useDiscardGuard } from '../../_parts/discard-guard.tsx'
import type { SubjectType } from '../../_quotas/quota.ts'
import type { Known } from '../_list/use-known.ts'
import { AmountFields } from './amount-fields.tsx'
import { HardField, ThresholdsField } from './effect-fields.tsx'
import { anyProvider, emptyValues, newQuotaBody, quotaSchema } from './quota-form-values.ts'
import type { QuotaFormValues } from './quota-form-values.ts'
import { QuotaPreview } from './quota-preview.tsx'
import type { PlannedQuota } from './quota-preview.tsx'
import { ScopeFields } from './scope-fields.tsx'
import { SubjectFields } from './subject-fields.tsx'
import { useSubjects } from './use-subjects.tsx'
import type { Subject } from './use-subjects.tsx'
import { WindowFields } from './window-fields.tsx'

type QuotaFormProps = {
  known: Known
  /** On what a new limit is, unless the person chooses otherwise. */
  type: SubjectType | null
  subject: string | null
  onClose: () => void
  onSaved: (id: string) => void
}

/** Sets a limit: whose, of what, how much in how much time, and what happens then; with that last in plain words while it is filled in. */
export function QuotaForm({ known, type, subject, onClose, onSaved }: QuotaFormProps) {
  const t = useTranslations('quotas')
  const formId = useId()
  const api = useQuotaForm({ known, type, subject, onSaved })
  const { form, submit, errorOf, formError, isBusy, isDirty } = api
  const [subjectType, hard, thresholds] = useWatch({ control: form.control, name: ['subject_type', 'hard', 'thresholds'] })
  const { subjects, isPending } = useSubjects(subjectType, known.tenants)
  const { requestClose, discardDialog } = useDiscardGuard(isDirty, onClose)
  const footer = (
    <>
      <Preview api={api} known={known} subjects={subjects} />
      <Button onClick={requestClose}>{t('cancel')}</Button>
      <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
        {t('createQuota')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen isModal title={t('newTitle')} onClose={requestClose} footer={footer}>
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-5">
        <SubjectFields api={api} subjects={subjects} isPending={isPending} />
        <AmountFields api={api} />
        <WindowFields api={api} />
        <HardField isHard={hard} onChange={(isHard) => form.setValue('hard', isHard, { shouldDirty: true })} />
        <ThresholdsField
          thresholds={thresholds}
          error={errorOf('thresholds')}
          onChange={(next) => form.setValue('thresholds', next, { shouldDirty: true, shouldValidate: errorOf('thresholds') !== undefined })}
        />
        <ScopeFields api={api} />
        {formError && <Alert tone="danger">{formError}</Alert>}
      </form>
      {discardDialog}
    </Sheet>
  )
}

function useQuotaForm({ known, type, subject, onSaved }: Omit<QuotaFormProps, 'onClose'>): ApiForm<QuotaFormValues> {
  const t = useTranslations('quotas')
  const locale = useLocale()
  const { tenant_id } = useMe()
  const create = useApiMutation(quotas.create, [quotas.list])
  const subject_type = type ?? 'tenant'
  return useApiForm<QuotaFormValues, ReturnType<typeof newQuotaBody>>({
    initial: emptyValues({
      subject_type,
      subject_id: subject ?? (subject_type === 'tenant' ? tenant_id : ''),
      timezone: known.timeZone,
      now: new Date(),
    }),
    schema: quotaSchema(schemas.create.body),
    toBody: (values) => newQuotaBody(values, locale),
    send: async (body) => {
      // The schema has found a number in it.
      const made = await create.mutateAsync({ body: { ...body, amount: body.amount ?? 0 } })
      showToast({ tone: 'ok', title: t('createdToast', { name: made.subject_name ?? '' }) })
      onSaved(made.id)
    },
    wordFailure: ({ code }) => (code === 'conflict' ? t('taken') : undefined),
  })
}

type PreviewProps = { api: ApiForm<QuotaFormValues>; known: Known; subjects: readonly Subject[] }

function Preview({ api: { form }, known, subjects }: PreviewProps) {
  const locale = useLocale()
  const { tenant_id } = useMe()
  const values = useWatch({ control: form.control }) as QuotaFormValues
  const { amount, window, anchor, ...body } = { anchor: null, ...newQuotaBody(values, locale) }
  const chosen = subjects.find(({ value }) => value === values.subject_id)
  const isWhole = chosen !== undefined && amount !== null && !Number.isNaN(amount) && (anchor === null || !Number.isNaN(Date.parse(anchor)))
  const planned: PlannedQuota | null = isWhole
    ? {
        ...body,
        timezone: values.timezone,
        provider: values.provider === anyProvider ? null : values.provider,
        subject_name: chosen.label,
        amount,
        window,
        anchor,
        refusalStatus: known.refusalStatusOf({ tenant_id: chosen.tenantId ?? tenant_id, metric: values.metric, window }),
      }
    : null
  return <QuotaPreview planned={planned} />
}
