'use client'

import { useLocale, useTranslations } from 'next-intl'
import { useWatch } from 'react-hook-form'
import type { UseFormRegisterReturn } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { Field } from '#ui/form/field.tsx'
import { AffixedInput } from '#ui/form/input.tsx'
import { Select } from '#ui/form/select.tsx'
import { Tiles } from '#ui/form/tiles.tsx'
import { metrics, windows } from '../../_quotas/quota.ts'
import type { Metric } from '../../_quotas/quota.ts'
import { tidyAmount } from './quota-form-values.ts'
import type { QuotaFormValues } from './quota-form-values.ts'

/** What is counted, how much of it is let through, and in how much time. */
export function AmountFields({ api: { form, errorOf } }: { api: ApiForm<QuotaFormValues> }) {
  const t = useTranslations('quotas.form')
  const tMetrics = useTranslations('quota.metrics')
  const [metric, window] = useWatch({ control: form.control, name: ['metric', 'window'] })
  const locale = useLocale()
  const chooseMetric = (next: Metric) => {
    form.setValue('metric', next, { shouldDirty: true })
    form.setValue('amount', tidyAmount(locale, next, form.getValues('amount')))
    form.clearErrors('amount')
  }
  return (
    <>
      <Tiles
        label={t('what')}
        columns={2}
        value={metric}
        onChange={chooseMetric}
        options={metrics.map((value) => ({ value, label: tMetrics(`${value}.name`), hint: tMetrics(`${value}.hint`) }))}
      />
      <div className="grid grid-cols-2 items-start gap-x-3">
        <AmountField
          metric={metric}
          register={form.register('amount')}
          onTidy={(text) => form.setValue('amount', text)}
          error={errorOf('amount')}
        />
        {metric !== 'parallel' && (
          <Field label={t('per')} error={errorOf('window')}>
            {(control) => (
              <Select
                {...control}
                options={windows.map((value) => ({ value, label: t(`windows.${value}`) }))}
                value={window}
                onChange={(next) => form.setValue('window', next, { shouldDirty: true })}
              />
            )}
          </Field>
        )}
      </div>
    </>
  )
}

type AmountFieldProps = { metric: Metric; register: UseFormRegisterReturn; onTidy: (text: string) => void; error: string | undefined }

/** An amount in the unit of what is counted, put into the form of the language once the field is left. */
export function AmountField({ metric, register, onTidy, error }: AmountFieldProps) {
  const t = useTranslations('quotas.form')
  const locale = useLocale()
  const onBlur: typeof register.onBlur = async (event) => {
    onTidy(tidyAmount(locale, metric, (event as { target: HTMLInputElement }).target.value))
    await register.onBlur(event)
  }
  return (
    <Field label={t('amount')} error={error}>
      {(control) => (
        <AffixedInput
          {...control}
          {...register}
          onBlur={(event) => void onBlur(event)}
          inputMode={metric === 'cost' ? 'decimal' : 'numeric'}
          autoComplete="off"
          prefix={metric === 'cost' ? 'US$' : undefined}
          suffix={metric === 'cost' ? undefined : t(`units.${metric}`)}
        />
      )}
    </Field>
  )
}
