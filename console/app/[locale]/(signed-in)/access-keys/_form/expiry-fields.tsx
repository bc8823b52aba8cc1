'use client'

import { useTranslations } from 'next-intl'
import { useWatch } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { useNow } from '#ui/figure/now.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { Field } from '#ui/form/field.tsx'
import { Input } from '#ui/form/input.tsx'
import { Select } from '#ui/form/select.tsx'
import { dayOf, expiries, expiryOf } from './key-form-values.ts'
import type { AccessKeyFormValues, Expiry } from './key-form-values.ts'

/** When the key stops by itself, and which day that is. */
export function ExpiryFields({ api: { form, errorOf } }: { api: ApiForm<AccessKeyFormValues> }) {
  const t = useTranslations('accessKeys')
  const format = useFormat()
  const now = useNow()
  const expiry = useWatch({ control: form.control, name: 'expiry' })
  const expires_at = useWatch({ control: form.control, name: 'expires_at' })
  const choose = (chosen: Expiry) => form.setValue('expiry', chosen, { shouldDirty: true })
  const endsMs = Date.parse(expiryOf({ expiry, expires_at }, new Date(now)) ?? '')
  const help = Number.isNaN(endsMs) ? (
    t('expiryHelp')
  ) : endsMs < now ? (
    <span className="text-warning-text">{t('expiryPast')}</span>
  ) : (
    t('expiryDay', { day: format.day(endsMs) })
  )
  return (
    <div className="grid items-start gap-x-3 gap-y-5 sm:grid-cols-2">
      <Field label={t('expires')} help={help} error={expiry === 'custom' ? undefined : errorOf('expires_at')}>
        {(control) => (
          <Select
            {...control}
            options={expiries.map((value) => ({ value, label: t(`expiry.${value}`) }))}
            value={expiry}
            onChange={choose}
          />
        )}
      </Field>
      {expiry === 'custom' && (
        <Field label={t('expiryCustom')} error={errorOf('expires_at')}>
          {(control) => <Input {...control} {...form.register('expires_at')} type="date" min={dayOf(new Date(now))} />}
        </Field>
      )}
    </div>
  )
}
