'use client'

import { Bot, Building2, User } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useWatch } from 'react-hook-form'
import { Link } from '#i18n/navigation.ts'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { paths } from '#lib/paths.ts'
import { providerLabel } from '#lib/providers.ts'
import type { Me } from '#lib/session/console-session.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Field } from '#ui/form/field.tsx'
import { Select } from '#ui/form/select.tsx'
import { forMe, forService } from '../access-key.ts'
import type { Agent } from '../access-key.ts'
import type { AccessKeyFormValues } from './key-form-values.ts'

const icon = 'size-4 shrink-0 text-faint'

/** Whether the person may make a key for someone or something. */
export function mayBeFor(belongs: string, me: Me, agents: readonly Agent[]): boolean {
  return belongs === forMe || (belongs === forService && administers(me)) || agents.some(({ id }) => id === belongs)
}

function administers({ roles }: Me): boolean {
  return roles.includes('admin') || roles.includes('platform_admin')
}

/** For whom the key is: what is used with it counts as theirs. */
export function BelongsField({ api: { form }, agents }: { api: ApiForm<AccessKeyFormValues>; agents: readonly Agent[] }) {
  const t = useTranslations('accessKeys')
  const me = useMe()
  const belongs = useWatch({ control: form.control, name: 'belongs' })
  const kind = belongs === forMe ? 'me' : belongs === forService ? 'service' : 'agent'
  const options = [
    { value: forMe, label: t('forMe', { name: me.name }), icon: <User aria-hidden className={icon} /> },
    ...(administers(me)
      ? [{ value: forService, label: t('serviceOf', { tenant: me.tenant_name }), icon: <Building2 aria-hidden className={icon} /> }]
      : []),
    ...agents.map(({ id, name, provider }) => ({
      value: id,
      label: name,
      icon: <Bot aria-hidden className={icon} />,
      note: provider ? providerLabel(provider) : undefined,
    })),
  ]
  const newAgent = me.permissions.includes('agents:write') && (
    <Link href={paths.agents({ panel: 'new' })} className="rounded-sm text-xs text-accent-text hover:underline">
      {t('newAgent')}
    </Link>
  )
  return (
    <Field label={t('forWhom')} help={t(`belonging.${kind}.help`)} aside={agents.length === 0 && newAgent}>
      {(control) => (
        <Select
          {...control}
          options={options}
          value={belongs}
          onChange={(chosen) => form.setValue('belongs', chosen, { shouldDirty: true })}
        />
      )}
    </Field>
  )
}
