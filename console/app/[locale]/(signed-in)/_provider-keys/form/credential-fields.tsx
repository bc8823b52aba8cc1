'use client'

import { useTranslations } from 'next-intl'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { keyExamples, providerLabel } from '#lib/providers.ts'
import type { ProviderName } from '#lib/providers.ts'
import { Field } from '#ui/form/field.tsx'
import { Input } from '#ui/form/input.tsx'
import { SecretInput } from '#ui/form/secret-input.tsx'
import { isKeyOptional, optionNames } from './key-form-values.ts'
import type { KeyFormValues } from './key-form-values.ts'
import { LiveValidation, useLiveValidation } from './live-validation.tsx'

type CredentialFieldsProps = { api: ApiForm<KeyFormValues>; provider: ProviderName; isNew: boolean }

/** Providers whose address is the customer's own. */
const addressed: readonly ProviderName[] = ['azure', 'ollama']

/** The key itself and where it is used, asked about at the provider as soon as it is there. */
export function CredentialFields({ api, provider, isNew }: CredentialFieldsProps) {
  const t = useTranslations('providerKeys')
  const { form, errorOf } = api
  const { validation, validate, forget } = useLiveValidation()
  const ask = () => {
    const { api_key, base_url, ...values } = form.getValues()
    const named = (optionNames[provider] ?? []).map((name) => [name, values[name].trim()] as const).filter(([, value]) => value)
    validate({ provider, api_key, base_url, options: Object.fromEntries(named) })
  }
  return (
    <>
      <Field label={t('name')} help={t('nameHelp')} isOptional error={errorOf('name')}>
        {(control) => <Input {...control} {...form.register('name')} placeholder={providerLabel(provider)} autoComplete="off" />}
      </Field>
      <AddressFields api={api} provider={provider} />
      <Field
        label={isNew ? t('apiKey') : t('newApiKey')}
        help={isNew ? t('apiKeyHelp') : t('newApiKeyHelp')}
        isOptional={!isNew || isKeyOptional(provider)}
        error={errorOf('api_key')}
      >
        {(control) => (
          <SecretInput
            {...control}
            {...form.register('api_key', { onChange: forget, onBlur: ask })}
            kind="key"
            placeholder={keyExamples[provider]}
            onPaste={() => setTimeout(ask)}
          />
        )}
      </Field>
      {!errorOf('api_key') && <LiveValidation validation={validation} provider={provider} />}
    </>
  )
}

/** Where the provider is reached, for those that every customer runs or names themselves. */
function AddressFields({ api: { form, errorOf }, provider }: Omit<CredentialFieldsProps, 'isNew'>) {
  const t = useTranslations('providerKeys')
  return (
    <>
      {addressed.includes(provider) && (
        <Field
          label={t('baseUrl')}
          help={t(provider === 'azure' ? 'baseUrlHelpAzure' : 'baseUrlHelp')}
          isOptional={provider !== 'azure'}
          error={errorOf('base_url')}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register('base_url')}
              type="url"
              isMono
              placeholder={provider === 'azure' ? 'https://recurso.openai.azure.com/openai/v1' : 'http://localhost:11434'}
            />
          )}
        </Field>
      )}
      {provider === 'azure' && (
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label={t('deployment')} isOptional error={errorOf('deployment')}>
            {(control) => <Input {...control} {...form.register('deployment')} isMono autoComplete="off" />}
          </Field>
          <Field label={t('deploymentModel')} help={t('deploymentModelHelp')} isOptional error={errorOf('model')}>
            {(control) => <Input {...control} {...form.register('model')} isMono autoComplete="off" placeholder="gpt-4o" />}
          </Field>
          <Field label={t('apiVersion')} isOptional error={errorOf('api_version')}>
            {(control) => <Input {...control} {...form.register('api_version')} isMono autoComplete="off" />}
          </Field>
        </div>
      )}
    </>
  )
}
