'use client'

import { Pencil } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '#ui/action/button.tsx'
import { KeyValue, KeyValues } from '#ui/data/key-values.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { FullInstant } from '#ui/figure/instant.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { ProviderName } from '../../_parts/provider-mark.tsx'
import { SubjectQuotas } from '../../_quotas/subject-quotas.tsx'
import type { AccessKey } from '../../access-keys/access-key.ts'
import { providerOf } from '../agent.ts'
import type { Agent, Known } from '../agent.ts'
import type { AgentActions } from '../_list/agent-columns.tsx'
import type { Asked } from '../_list/use-validation.ts'
import { AgentAccessKeys } from './agent-access-keys.tsx'
import { KeySection } from './key-section.tsx'

type AgentPanelProps = {
  agent: Agent
  known: Known
  actions: AgentActions | null
  accessKeys: readonly AccessKey[]
  asked: Asked | null
  onValidate: () => void
  onClose: () => void
}

/** Everything about one agent, beside the list: the key it calls with, the keys it is called by. */
export function AgentPanel({ agent, known, actions, accessKeys, asked, onValidate, onClose }: AgentPanelProps) {
  const t = useTranslations('agents')
  const footer = actions && (
    <>
      <Button tone="ghost" className="mr-auto !text-danger-text hover:!bg-danger-soft" onClick={() => actions.retire(agent)}>
        {t('retire')}
      </Button>
      <Button tone="primary" icon={<Pencil aria-hidden />} onClick={() => actions.edit(agent)}>
        {t('edit')}
      </Button>
    </>
  )
  return (
    <Sheet isOpen title={agent.name} description={agent.description ?? undefined} onClose={onClose} footer={footer}>
      <div className="flex flex-col gap-7">
        <KeySection agent={agent} known={known} mayChange={actions !== null} asked={asked} onValidate={onValidate} />
        <AgentAccessKeys agent={agent} keys={accessKeys} />
        <SubjectQuotas type="agent" id={agent.id} />
        <AgentFacts agent={agent} known={known} />
      </div>
    </Sheet>
  )
}

function AgentFacts({ agent, known }: { agent: Agent; known: Known }) {
  const t = useTranslations('agents')
  const provider = providerOf(agent, known)
  const owner = agent.owner_id === known.meId ? t('you') : known.users.find(({ id }) => id === agent.owner_id)?.name
  return (
    <section>
      <h3 className="pb-1 text-sm font-semibold">{t('details')}</h3>
      <KeyValues>
        <KeyValue name={t('provider')}>{provider ? <ProviderName provider={provider} /> : t('anyProviderLong')}</KeyValue>
        <KeyValue name={t('owner')}>{owner ?? <Nothing />}</KeyValue>
        <KeyValue name={t('createdAt')}>
          <FullInstant at={agent.created_at} />
        </KeyValue>
        {agent.updated_at && (
          <KeyValue name={t('updatedAt')}>
            <FullInstant at={agent.updated_at} />
          </KeyValue>
        )}
        <KeyValue name={t('id')}>
          <Mono copy>{agent.id}</Mono>
        </KeyValue>
      </KeyValues>
    </section>
  )
}
