'use client'

import { ChevronRight } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import { useWatch } from 'react-hook-form'
import { usage } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { providers } from '#lib/providers.ts'
import { spanOf } from '#lib/range.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Field } from '#ui/form/field.tsx'
import { Input } from '#ui/form/input.tsx'
import { Select } from '#ui/form/select.tsx'
import type { Option } from '#ui/form/select.tsx'
import { ProviderMark } from '../../_parts/provider-mark.tsx'
import { anyProvider } from './quota-form-values.ts'
import type { QuotaFormValues } from './quota-form-values.ts'

/** Which calls count: to one provider, of one model. Few limits need it, so it is folded away. */
export function ScopeFields({ api: { form, errorOf } }: { api: ApiForm<QuotaFormValues> }) {
  const t = useTranslations('quotas.form')
  const listId = useId()
  const [provider, model] = useWatch({ control: form.control, name: ['provider', 'model'] })
  const [isOpen, setOpen] = useState(provider !== anyProvider || model !== '')
  const isWrong = errorOf('model') !== undefined
  const options: Option<QuotaFormValues['provider']>[] = [
    { value: anyProvider, label: t('anyProvider') },
    ...providers.map(({ value, label }) => ({ value, label, icon: <ProviderMark provider={value} /> })),
  ]
  return (
    <details open={isOpen || isWrong} onToggle={(event) => setOpen(event.currentTarget.open)} className="group border-t pt-4">
      <summary className="flex w-fit list-none items-center gap-1.5 rounded-sm text-sm font-medium text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {t('only')}
      </summary>
      <div className="grid items-start gap-x-3 gap-y-5 pt-4 sm:grid-cols-2">
        <Field label={t('provider')} isOptional>
          {(control) => (
            <Select
              {...control}
              options={options}
              value={provider}
              onChange={(next) => form.setValue('provider', next, { shouldDirty: true })}
            />
          )}
        </Field>
        <Field label={t('model')} isOptional error={errorOf('model')}>
          {(control) => (
            <Input
              {...control}
              {...form.register('model')}
              list={listId}
              isMono
              placeholder={t('anyModel')}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
        <p className="text-xs text-muted sm:col-span-2">{t('modelHelp')}</p>
      </div>
      {isOpen && <UsedModels id={listId} />}
    </details>
  )
}

/** Models that were called of late, to choose from while typing. */
function UsedModels({ id }: { id: string }) {
  const isEnabled = useMe().permissions.includes('usage:read')
  const { data } = useApiQuery(usage.breakdown, {
    sent: () => ({ query: { ...spanOf('30d', Date.now()), group_by: 'model' as const } }),
    key: 'models-30d',
    isEnabled,
  })
  return <datalist id={id}>{(data?.items ?? []).flatMap(({ group }) => (group ? [<option key={group} value={group} />] : []))}</datalist>
}
