'use client'

import { Route } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useWatch } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { providers } from '#lib/providers.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Field } from '#ui/form/field.tsx'
import { Select } from '#ui/form/select.tsx'
import type { Option } from '#ui/form/select.tsx'
import { ProviderMark } from '../../_parts/provider-mark.tsx'
import { bindableKeys } from '../agent.ts'
import type { Agent, Known } from '../agent.ts'
import { none } from './agent-form-values.ts'
import type { AgentFormValues } from './agent-form-values.ts'

type Api = ApiForm<AgentFormValues>

/** Who answers for the agent; only staff of the tenant may choose someone else. */
export function OwnerField({ api: { form, errorOf }, known }: { api: Api; known: Known }) {
  const t = useTranslations('agents')
  const me = useMe()
  const owner = useWatch({ control: form.control, name: 'owner_id' })
  const others = known.users.filter(({ id, status }) => id !== me.id && status === 'active')
  if (others.length === 0) return null
  const choose = (chosen: string) => {
    form.setValue('owner_id', chosen, { shouldDirty: true })
    form.setValue('key_id', none)
  }
  return (
    <Field label={t('owner')} help={t('ownerHelp')} error={errorOf('owner_id')}>
      {(control) => (
        <Select
          {...control}
          options={[
            { value: me.id, label: t('youNamed', { name: me.name }) },
            ...others.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={owner}
          onChange={choose}
        />
      )}
    </Field>
  )
}

/** Where the agent's calls go, and with which key. A key of another provider gives way when the provider changes. */
export function KeyFields({ api: { form, errorOf }, known, edited }: { api: Api; known: Known; edited?: Agent }) {
  const t = useTranslations('agents')
  const [provider, keyId, owner] = useWatch({ control: form.control, name: ['provider', 'key_id', 'owner_id'] })
  const keys = bindableKeys(known.keys, { provider: provider === none ? null : provider, isMine: owner === known.meId })
  const isHidden = edited?.key_id != null && !known.keys.some(({ key }) => key.id === edited.key_id)
  const chooseProvider = (chosen: AgentFormValues['provider']) => {
    form.setValue('provider', chosen, { shouldDirty: true })
    const bound = known.keys.find(({ key }) => key.id === keyId)
    if (chosen !== none && bound && bound.key.provider !== chosen) form.setValue('key_id', none, { shouldDirty: true })
  }
  const providerOptions: Option<AgentFormValues['provider']>[] = [
    { value: none, label: t('anyProviderLong') },
    ...providers.map(({ value, label }) => ({ value, label, icon: <ProviderMark provider={value} /> })),
  ]
  const keyOptions: Option<string>[] = [
    { value: none, label: t('automatic'), icon: <Route aria-hidden className="size-4 text-faint" /> },
    ...(isHidden && edited?.key_id ? [{ value: edited.key_id, label: t('presentKey') }] : []),
    ...keys.map(({ type, key }) => ({
      value: key.id,
      label: key.name,
      icon: <ProviderMark provider={key.provider} />,
      note: t(`keyType.${type}`),
    })),
  ]
  return (
    <>
      <Field label={t('provider')} help={t('providerHelp')} error={errorOf('provider')}>
        {(control) => <Select {...control} options={providerOptions} value={provider} onChange={chooseProvider} />}
      </Field>
      <Field label={t('key')} help={keyId === none ? t('automaticHelp') : t('keyHelp')} error={errorOf('key_id')}>
        {(control) => (
          <Select
            {...control}
            options={keyOptions}
            value={keyId}
            onChange={(chosen) => form.setValue('key_id', chosen, { shouldDirty: true })}
          />
        )}
      </Field>
    </>
  )
}
