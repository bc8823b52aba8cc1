'use client'

import { Pause, Pencil, Play, Trash2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { providerLabel } from '#lib/providers.ts'
import { Button } from '#ui/action/button.tsx'
import { IconButton } from '#ui/action/icon-button.tsx'
import { KeyValue, KeyValues } from '#ui/data/key-values.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { FullInstant } from '#ui/figure/instant.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { ProviderName } from '../../_parts/provider-mark.tsx'
import { SubjectQuotas } from '../../_quotas/subject-quotas.tsx'
import type { ProviderKey } from '../key-kinds.ts'
import { KeyStatusLabel, useKeyStatusText } from '../key-status.tsx'
import { LimitSummary } from '../key-usage.tsx'
import type { KeyActions } from './key-columns.tsx'

type KeyPanelProps = { providerKey: ProviderKey; actions: KeyActions | null; onClose: () => void }

/** Everything about one key, beside the list. */
export function KeyPanel({ providerKey, actions, onClose }: KeyPanelProps) {
  const t = useTranslations('providerKeys')
  const { name, provider, status, is_active } = providerKey
  const state = useKeyStatusText()(providerKey)
  const isTrouble = status === 'invalid' || status === 'degraded' || status === 'limit_reached' || status === 'expired'
  const footer = actions && (
    <>
      <IconButton
        label={t('remove')}
        className="mr-auto text-danger-text hover:bg-danger-soft hover:text-danger-text"
        onClick={() => actions.remove(providerKey)}
      >
        <Trash2 aria-hidden />
      </IconButton>
      <Button icon={is_active ? <Pause aria-hidden /> : <Play aria-hidden />} onClick={() => actions.toggle(providerKey)}>
        {is_active ? t('disable') : t('enable')}
      </Button>
      <Button tone="primary" icon={<Pencil aria-hidden />} onClick={() => actions.edit(providerKey)}>
        {t('edit')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen title={name} description={providerLabel(provider)} onClose={onClose} footer={footer}>
      <div className="flex flex-col gap-5">
        {isTrouble && (
          <Alert tone={status === 'degraded' || status === 'expired' ? 'warning' : 'danger'} title={state.name}>
            {state.hint}
          </Alert>
        )}
        <LimitSummary providerKey={providerKey} />
        <KeyFacts providerKey={providerKey} />
        <SubjectQuotas type="provider_key" id={providerKey.id} />
      </div>
    </Sheet>
  )
}

function KeyFacts({ providerKey }: { providerKey: ProviderKey }) {
  const t = useTranslations('providerKeys')
  const {
    id,
    provider,
    status,
    status_reason,
    key_hint,
    base_url,
    options,
    sandbox,
    weight,
    priority,
    expires_at,
    validated_at,
    last_used,
    created_at,
    updated_at,
  } = providerKey
  const when = (at: string | null): ReactNode => (at ? <FullInstant at={at} /> : <Nothing>{t('never')}</Nothing>)
  return (
    <KeyValues>
      <KeyValue name={t('state')}>
        <KeyStatusLabel status={status} reason={status_reason} />
      </KeyValue>
      <KeyValue name={t('provider')}>
        <ProviderName provider={provider} />
      </KeyValue>
      <KeyValue name={t('key')}>{key_hint ? <Mono>{key_hint}</Mono> : <Nothing />}</KeyValue>
      {base_url && (
        <KeyValue name={t('baseUrl')}>
          <Mono copy>{base_url}</Mono>
        </KeyValue>
      )}
      {Object.entries(options).map(([option, value]) => (
        <KeyValue key={option} name={option}>
          <Mono>{value}</Mono>
        </KeyValue>
      ))}
      {sandbox && <KeyValue name={t('sandbox')}>{t('sandboxHint')}</KeyValue>}
      <KeyValue name={t('weight')}>
        {weight} <span className="text-faint">· {t('priorityIs', { priority })}</span>
      </KeyValue>
      <KeyValue name={t('lastUsed')}>{when(last_used)}</KeyValue>
      <KeyValue name={t('validatedAt')}>{when(validated_at)}</KeyValue>
      <KeyValue name={t('expiresAt')}>{when(expires_at)}</KeyValue>
      <KeyValue name={t('createdAt')}>{when(created_at)}</KeyValue>
      {updated_at && <KeyValue name={t('updatedAt')}>{when(updated_at)}</KeyValue>}
      <KeyValue name={t('id')}>
        <Mono copy>{id}</Mono>
      </KeyValue>
    </KeyValues>
  )
}
