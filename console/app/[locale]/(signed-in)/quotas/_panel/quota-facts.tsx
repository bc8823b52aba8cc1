'use client'

import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { KeyValue, KeyValues } from '#ui/data/key-values.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { FullInstant } from '#ui/figure/instant.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { ProviderName } from '../../_parts/provider-mark.tsx'
import { SubjectName } from '../../_quotas/quota-subject.tsx'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import { useCounting } from '../use-counting.ts'
import type { Known } from '../_list/use-known.ts'

/** What was set, in full. */
export function QuotaFacts({ quota, known }: { quota: Quota; known: Known }) {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const counting = useCounting()
  const format = useFormat()
  const { id, subject_type, subject_name, metric, hard, thresholds, provider, model, created_at, updated_at } = quota
  const path = known.pathOf(quota)
  const tenant = known.tenantNameOf(quota)
  const subject = <SubjectName type={subject_type} name={subject_name} />
  return (
    <section>
      <h3 className="pb-1 text-sm font-semibold">{t('details')}</h3>
      <KeyValues>
        <KeyValue name={words.subjectType(subject_type)}>
          {path ? (
            <Link href={path} className="inline-flex max-w-full rounded-sm text-accent-text hover:underline">
              {subject}
            </Link>
          ) : (
            subject
          )}
        </KeyValue>
        {tenant && <KeyValue name={t('tenant')}>{tenant}</KeyValue>}
        <KeyValue name={t('limit')}>{words.rule(quota)}</KeyValue>
        <KeyValue name={t('resets')}>
          <span className="first-letter:uppercase">{counting(quota)}</span>
        </KeyValue>
        <KeyValue name={t('provider')}>{provider ? <ProviderName provider={provider} /> : t('anyProvider')}</KeyValue>
        <KeyValue name={t('model')}>{model ? <Mono>{model}</Mono> : t('anyModel')}</KeyValue>
        <KeyValue name={t('atAmount')}>{hard ? t('mode.hard.hint') : t('mode.watched.hint')}</KeyValue>
        {metric !== 'parallel' && (
          <KeyValue name={t('thresholds')}>
            {thresholds.length > 0 ? thresholds.map((mark) => format.share(mark)).join(' · ') : <Nothing>{t('noThresholds')}</Nothing>}
          </KeyValue>
        )}
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
    </section>
  )
}
