'use client'

import { Pencil } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '#ui/action/button.tsx'
import { KeyValue, KeyValues } from '#ui/data/key-values.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { FullInstant } from '#ui/figure/instant.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import type { Quota } from '../../_quotas/quota.ts'
import { SubjectQuotas } from '../../_quotas/subject-quotas.tsx'
import type { Group, GroupActions } from '../group.ts'
import { MembersSection } from './members-section.tsx'

type GroupPanelProps = {
  group: Group
  tenantName: string | null
  quotas: readonly Quota[]
  actions: GroupActions | null
  onClose: () => void
}

/** Everything about one group, beside the list: its people, its limits. */
export function GroupPanel({ group, tenantName, quotas, actions, onClose }: GroupPanelProps) {
  const t = useTranslations('groups')
  const footer = actions && (
    <>
      <Button tone="ghost" className="mr-auto !text-danger-text hover:!bg-danger-soft" onClick={() => actions.retire(group)}>
        {t('retire')}
      </Button>
      <Button tone="primary" icon={<Pencil aria-hidden />} onClick={() => actions.rename(group)}>
        {t('rename')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen title={group.name} description={tenantName ?? undefined} onClose={onClose} footer={footer}>
      <div className="flex flex-col gap-7">
        <MembersSection group={group} mayChange={actions !== null} />
        <SubjectQuotas type="group" id={group.id} known={quotas} />
        <section>
          <h3 className="pb-1 text-sm font-semibold">{t('details')}</h3>
          <KeyValues>
            {tenantName && <KeyValue name={t('tenant')}>{tenantName}</KeyValue>}
            <KeyValue name={t('createdAt')}>
              <FullInstant at={group.created_at} />
            </KeyValue>
            {group.updated_at && (
              <KeyValue name={t('updatedAt')}>
                <FullInstant at={group.updated_at} />
              </KeyValue>
            )}
            <KeyValue name={t('id')}>
              <Mono copy>{group.id}</Mono>
            </KeyValue>
          </KeyValues>
        </section>
      </div>
    </Sheet>
  )
}
