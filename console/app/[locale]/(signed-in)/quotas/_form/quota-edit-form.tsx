'use client'

import { quotas as schemas } from '@llm-manager/contract/quotas'
import { useLocale, useTranslations } from 'next-intl'
import { useId } from 'react'
import { useWatch } from 'react-hook-form'
import { quotas } from '#lib/api/endpoints.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { parseDecimal } from '#lib/format/parse-decimal.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { Button } from '#ui/action/button.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Tiles } from '#ui/form/tiles.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { useDiscardGuard } from '../../_parts/discard-guard.tsx'
import { QuotaBar } from '../../_quotas/quota-bar.tsx'
import { leftOf } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import type { Known } from '../_list/use-known.ts'
import { AmountField } from './amount-fields.tsx'
import { HardField, ThresholdsField } from './effect-fields.tsx'
import { editValuesOf, isThreshold, quotaChangeBody, quotaSchema, thresholdOf } from './quota-form-values.ts'
import type { QuotaEditValues } from './quota-form-values.ts'

type QuotaEditFormProps = { edited: Quota; known: Known; onClose: () => void; onSaved: (id: string) => void }

/** Changes a limit: how much, what happens then, and whether what was used stays. What it is on and its windows stay as they are. */
export function QuotaEditForm({ edited, onClose, onSaved }: QuotaEditFormProps) {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const formId = useId()
  const api = useEditForm(edited, onSaved)
  const { form, submit, errorOf, formError, isBusy, isDirty } = api
  const [hard, thresholds] = useWatch({ control: form.control, name: ['hard', 'thresholds'] })
  const { requestClose, discardDialog } = useDiscardGuard(isDirty, onClose)
  const footer = (
    <>
      <AfterSaving api={api} edited={edited} />
      <Button onClick={requestClose}>{t('cancel')}</Button>
      <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
        {t('save')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen isModal title={t('editTitle', { name: edited.subject_name ?? '' })} onClose={requestClose} footer={footer}>
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-5">
        <p className="text-sm text-muted">
          {words.subjectType(edited.subject_type)} · {words.rule(edited)}
        </p>
        <div className="sm:max-w-60">
          <AmountField
            metric={edited.metric}
            register={form.register('amount')}
            onTidy={(text) => form.setValue('amount', text)}
            error={errorOf('amount')}
          />
        </div>
        {edited.metric !== 'parallel' && <UsageField api={api} edited={edited} />}
        <HardField isHard={hard} onChange={(isHard) => form.setValue('hard', isHard, { shouldDirty: true })} />
        <ThresholdsField
          thresholds={thresholds}
          error={errorOf('thresholds')}
          onChange={(next) => form.setValue('thresholds', next, { shouldDirty: true, shouldValidate: errorOf('thresholds') !== undefined })}
        />
        {formError && <Alert tone="danger">{formError}</Alert>}
      </form>
      {discardDialog}
    </Sheet>
  )
}

function useEditForm(edited: Quota, onSaved: (id: string) => void): ApiForm<QuotaEditValues> {
  const t = useTranslations('quotas')
  const locale = useLocale()
  const change = useApiMutation(quotas.change, [quotas.list, quotas.history])
  return useApiForm<QuotaEditValues, ReturnType<typeof quotaChangeBody>>({
    initial: editValuesOf(edited, locale),
    schema: quotaSchema(schemas.change.body, edited.metric),
    toBody: (values) => quotaChangeBody(values, locale),
    send: async ({ amount, ...body }) => {
      await change.mutateAsync({ params: { id: edited.id }, body: { ...body, amount: amount ?? undefined } })
      showToast({ tone: 'ok', title: t('savedToast', { name: edited.subject_name ?? '' }) })
      onSaved(edited.id)
    },
  })
}

/** Whether what was used in this window stays. */
function UsageField({ api: { form }, edited }: { api: ApiForm<QuotaEditValues>; edited: Quota }) {
  const t = useTranslations('quotas.form')
  const words = useQuotaWords()
  const usage = useWatch({ control: form.control, name: 'usage' })
  const used = words.measured(edited.metric, edited.used)
  return (
    <Tiles
      label={t('usage')}
      columns={1}
      value={usage}
      onChange={(next) => form.setValue('usage', next, { shouldDirty: true })}
      options={[
        { value: 'keep', label: t('keep.name'), hint: t('keep.hint', { used }) },
        { value: 'start_over', label: t('startOver.name'), hint: t(edited.resets_at ? 'startOver.hint' : 'startOver.hintTotal', { used }) },
      ]}
    />
  )
}

/** How the limit will stand once this is saved. */
function AfterSaving({ api: { form }, edited }: { api: ApiForm<QuotaEditValues>; edited: Quota }) {
  const t = useTranslations('quotas.preview')
  const words = useQuotaWords()
  const locale = useLocale()
  const values = useWatch({ control: form.control }) as QuotaEditValues
  const amount = parseDecimal(locale, values.amount)
  if (amount === null || Number.isNaN(amount)) return null
  const { metric } = edited
  const isOver = values.usage === 'start_over'
  const after = {
    metric,
    amount,
    used: isOver ? 0 : edited.used,
    reserved: isOver ? 0 : edited.reserved,
    hard: values.hard,
    thresholds: values.thresholds.filter(isThreshold).map(thresholdOf),
  }
  const left = leftOf(after)
  return (
    <div role="status" className="flex w-full flex-col gap-2 rounded-md border bg-canvas px-3 py-2.5 text-sm">
      <span className="flex items-baseline justify-between gap-3">
        <span className="text-xs text-muted">{t('afterSaving')}</span>
        <span className={left === 0 && values.hard ? 'font-medium text-danger-text' : undefined}>
          {left > 0
            ? t('leaves', { left: words.figure(metric, left), amount: words.amount(metric, amount) })
            : t(values.hard ? 'leavesNothingHard' : 'leavesNothingWatched', { amount: words.amount(metric, amount) })}
        </span>
      </span>
      <QuotaBar quota={after} label={t('afterSaving')} />
    </div>
  )
}
