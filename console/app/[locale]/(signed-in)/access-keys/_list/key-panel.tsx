'use client'

import { Pencil, RefreshCw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import type { ProviderName } from '#lib/providers.ts'
import { Button } from '#ui/action/button.tsx'
import { Badge } from '#ui/data/badge.tsx'
import { KeyValue, KeyValues } from '#ui/data/key-values.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { FullInstant } from '#ui/figure/instant.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { SubjectQuotas } from '../../_quotas/subject-quotas.tsx'
import { SnippetTabs } from '../_code/snippet-tabs.tsx'
import { belongingOf, tagText } from '../access-key.ts'
import type { AccessKey, Known } from '../access-key.ts'
import type { AccessKeyActions } from './key-columns.tsx'
import { BelongingLabel } from './key-facts.tsx'
import { KeyStatusLabel, ModeBadge } from './key-status.tsx'

type KeyPanelProps = {
  accessKey: AccessKey
  known: Known
  /** Where the calls of the key's agent go, where that is settled. */
  provider: ProviderName | null
  actions: AccessKeyActions | null
  gatewayOrigin: string
  onClose: () => void
}

/** Everything about one access key, beside the list. */
export function KeyPanel({ accessKey, known, provider, actions, gatewayOrigin, onClose }: KeyPanelProps) {
  const t = useTranslations('accessKeys')
  const { name, status } = accessKey
  const footer = actions && status !== 'revoked' && (
    <>
      <Button tone="ghost" className="mr-auto !text-danger-text hover:!bg-danger-soft" onClick={() => actions.revoke(accessKey)}>
        {t('revoke')}
      </Button>
      <Button icon={<RefreshCw aria-hidden />} onClick={() => actions.rotate(accessKey)}>
        {t('rotate')}
      </Button>
      <Button tone="primary" icon={<Pencil aria-hidden />} onClick={() => actions.edit(accessKey)}>
        {t('edit')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen title={name} onClose={onClose} footer={footer}>
      <div className="flex flex-col gap-6">
        {status !== 'active' && (
          <Alert tone={status === 'expired' ? 'warning' : 'info'} title={t(`status.${status}.name`)}>
            {t(`status.${status}.hint`)}
          </Alert>
        )}
        <KeyFacts accessKey={accessKey} known={known} />
        {status !== 'revoked' && <SubjectQuotas type="access_key" id={accessKey.id} />}
        {status === 'active' && (
          <section className="flex flex-col gap-3">
            <div>
              <h3 className="text-sm font-semibold">{t('useTitle')}</h3>
              <p className="text-xs text-muted">{t('useHint')}</p>
            </div>
            <SnippetTabs origin={gatewayOrigin} secret={t('secretPlaceholder')} models={accessKey.models} provider={provider} />
          </section>
        )}
      </div>
    </Sheet>
  )
}

function KeyFacts({ accessKey, known }: { accessKey: AccessKey; known: Known }) {
  const t = useTranslations('accessKeys')
  const { id, status, mode, key_hint, models, allowed_ips, tags, expires_at, last_used, created_at, updated_at } = accessKey
  const belonging = belongingOf(accessKey, known)
  return (
    <KeyValues>
      <KeyValue name={t('state')}>
        <KeyStatusLabel status={status} />
      </KeyValue>
      <KeyValue name={t('modeLabel')}>
        <ModeBadge mode={mode} /> <span className="text-xs text-muted">{t(`mode.${mode}.hint`)}</span>
      </KeyValue>
      <KeyValue name={t('belongsTo')}>
        {belonging.kind === 'agent' && belonging.name !== null ? (
          <Link href={paths.agents({ id: belonging.id })} className="rounded-sm hover:text-accent-text hover:underline">
            <BelongingLabel belonging={belonging} />
          </Link>
        ) : (
          <BelongingLabel belonging={belonging} />
        )}
      </KeyValue>
      <KeyValue name={t('key')}>
        <Mono>{key_hint}</Mono>
      </KeyValue>
      <KeyValue name={t('models')}>{models ? <Words words={models} /> : t('allModels')}</KeyValue>
      <KeyValue name={t('allowedIps')}>{allowed_ips ? <Words words={allowed_ips} /> : t('anyAddress')}</KeyValue>
      {Object.keys(tags).length > 0 && (
        <KeyValue name={t('tags')}>
          <span className="flex flex-wrap gap-1">
            {Object.entries(tags).map((tag) => (
              <Badge key={tag[0]}>{tagText(tag)}</Badge>
            ))}
          </span>
        </KeyValue>
      )}
      <KeyValue name={t('expires')}>{expires_at ? <FullInstant at={expires_at} /> : t('noExpiry')}</KeyValue>
      <KeyValue name={t('lastUsed')}>{last_used ? <FullInstant at={last_used} /> : <Nothing>{t('neverUsed')}</Nothing>}</KeyValue>
      <KeyValue name={t('createdAt')}>
        <FullInstant at={created_at} />
      </KeyValue>
      {updated_at && (
        <KeyValue name={t('updatedAt')}>
          <FullInstant at={updated_at} />
        </KeyValue>
      )}
      <KeyValue name={t('id')}>
        <Mono copy>{id}</Mono>
      </KeyValue>
    </KeyValues>
  )
}

function Words({ words }: { words: readonly string[] }) {
  return (
    <ul className="flex flex-col gap-0.5">
      {words.map((word) => (
        <li key={word} className="font-mono text-xs leading-5">
          {word}
        </li>
      ))}
    </ul>
  )
}
