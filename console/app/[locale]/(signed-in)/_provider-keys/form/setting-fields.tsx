'use client'

import { ChevronRight } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { useWatch } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import type { ProviderName } from '#lib/providers.ts'
import { Checkbox } from '#ui/form/checkbox.tsx'
import { Field } from '#ui/form/field.tsx'
import { AffixedInput, Input } from '#ui/form/input.tsx'
import { Switch } from '#ui/form/switch.tsx'
import type { KeyFormValues } from './key-form-values.ts'

type Api = ApiForm<KeyFormValues>

/** How much may be spent with the key. */
export function LimitFields({ api: { form, errorOf } }: { api: Api }) {
  const t = useTranslations('providerKeys')
  return (
    <Field label={t('limit')} help={t('limitHelp')} isOptional error={errorOf('usage_limit')}>
      {(control) => (
        <AffixedInput {...control} {...form.register('usage_limit')} inputMode="decimal" prefix="US$" className="sm:max-w-48" />
      )}
    </Field>
  )
}

const foldedFields = ['base_url', 'organization', 'project', 'weight', 'priority', 'expires_at'] as const

/** What few keys need, folded away; unfolded by itself when something in it is wrong. */
export function MoreFields({ api, isNew, provider }: { api: Api; isNew: boolean; provider: ProviderName }) {
  const t = useTranslations('providerKeys')
  const [isOpen, setOpen] = useState(false)
  const isWrong = foldedFields.some((name) => api.errorOf(name) !== undefined)
  return (
    <details open={isOpen || isWrong} onToggle={(event) => setOpen(event.currentTarget.open)} className="group border-t pt-4">
      <summary className="flex w-fit list-none items-center gap-1.5 rounded-sm text-sm font-medium text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {t('moreOptions')}
      </summary>
      <div className="flex flex-col gap-5 pt-4">
        <ProviderFields api={api} provider={provider} />
        <RoutingFields api={api} />
        <Choices api={api} isNew={isNew} />
      </div>
    </details>
  )
}

function ProviderFields({ api: { form, errorOf }, provider }: { api: Api; provider: ProviderName }) {
  const t = useTranslations('providerKeys')
  return (
    <>
      {provider !== 'azure' && provider !== 'ollama' && (
        <Field label={t('baseUrl')} help={t('baseUrlHelp')} isOptional error={errorOf('base_url')}>
          {(control) => <Input {...control} {...form.register('base_url')} type="url" isMono placeholder="https://" />}
        </Field>
      )}
      {provider === 'openai' && (
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label={t('organization')} isOptional error={errorOf('organization')}>
            {(control) => <Input {...control} {...form.register('organization')} isMono autoComplete="off" placeholder="org-…" />}
          </Field>
          <Field label={t('project')} isOptional error={errorOf('project')}>
            {(control) => <Input {...control} {...form.register('project')} isMono autoComplete="off" placeholder="proj_…" />}
          </Field>
        </div>
      )}
    </>
  )
}

/** Which of several keys of a provider is used, and until when. */
function RoutingFields({ api: { form, errorOf } }: { api: Api }) {
  const t = useTranslations('providerKeys')
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t('weight')} help={t('weightHelp')} isOptional error={errorOf('weight')}>
          {(control) => <Input {...control} {...form.register('weight')} inputMode="numeric" />}
        </Field>
        <Field label={t('priority')} help={t('priorityHelp')} isOptional error={errorOf('priority')}>
          {(control) => <Input {...control} {...form.register('priority')} inputMode="numeric" />}
        </Field>
      </div>
      <Field label={t('expiresAt')} help={t('expiresAtHelp')} isOptional error={errorOf('expires_at')}>
        {(control) => <Input {...control} {...form.register('expires_at')} type="date" className="sm:max-w-48" />}
      </Field>
    </>
  )
}

function Choices({ api: { form }, isNew }: { api: Api; isNew: boolean }) {
  const t = useTranslations('providerKeys')
  const sandbox = useWatch({ control: form.control, name: 'sandbox' })
  const validate = useWatch({ control: form.control, name: 'validate' })
  return (
    <>
      <Switch
        label={t('sandbox')}
        help={t('sandboxHelp')}
        isOn={sandbox}
        onChange={(isOn) => form.setValue('sandbox', isOn, { shouldDirty: true })}
      />
      <Checkbox
        label={isNew ? t('skipValidation') : t('skipRevalidation')}
        help={t('skipValidationHelp')}
        isChecked={!validate}
        onChange={(isChecked) => form.setValue('validate', !isChecked, { shouldDirty: true })}
      />
    </>
  )
}
