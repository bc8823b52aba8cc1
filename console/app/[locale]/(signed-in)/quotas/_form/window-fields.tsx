'use client'

import { useTranslations } from 'next-intl'
import { useWatch } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { Combobox } from '#ui/choose/combobox.tsx'
import { Field } from '#ui/form/field.tsx'
import { Input } from '#ui/form/input.tsx'
import { Tiles } from '#ui/form/tiles.tsx'
import { hasBeginning } from './quota-form-values.ts'
import type { QuotaFormValues } from './quota-form-values.ts'

/** Where windows begin: with the calendar of a zone, or at an instant of one's own. Nothing where they have no beginning to choose. */
export function WindowFields({ api: { form, errorOf } }: { api: ApiForm<QuotaFormValues> }) {
  const t = useTranslations('quotas.form')
  const [metric, window, begins, timezone] = useWatch({ control: form.control, name: ['metric', 'window', 'begins', 'timezone'] })
  if (!hasBeginning({ metric, window }) || window === 'minute' || window === 'total') return null
  return (
    <div className="flex flex-col gap-2.5">
      <Tiles
        label={t('begins')}
        columns={2}
        value={begins}
        onChange={(next) => form.setValue('begins', next, { shouldDirty: true })}
        options={[
          { value: 'calendar', label: t('calendar.name'), hint: t(`calendar.${window}`) },
          { value: 'anchor', label: t('anchor.name'), hint: t(`anchor.${window}`) },
        ]}
      />
      {begins === 'calendar' ? (
        <Field label={t('timezone')} error={errorOf('timezone')}>
          {(control) => (
            <Combobox
              control={control}
              choices={zoneChoices(timezone)}
              value={timezone}
              onChange={(next) => form.setValue('timezone', next, { shouldDirty: true })}
            />
          )}
        </Field>
      ) : (
        <Field label={t('anchorAt')} help={t('anchorHelp')} error={errorOf('anchor')}>
          {(control) => <Input {...control} {...form.register('anchor')} type="datetime-local" className="sm:max-w-60" />}
        </Field>
      )}
    </div>
  )
}

/** Every zone that the browser knows, and the one that is chosen. */
function zoneChoices(chosen: string): { value: string; label: string }[] {
  const zones = new Set(['UTC', chosen, ...Intl.supportedValuesOf('timeZone')])
  return [...zones].toSorted().map((value) => ({ value, label: value.replaceAll('_', ' ') }))
}
