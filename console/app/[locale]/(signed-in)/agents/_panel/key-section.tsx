'use client'

import { Link2, ShieldCheck, Unlink } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { agents } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { lazyPart } from '#lib/lazy-part.tsx'
import { Button } from '#ui/action/button.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { KeyStatusLabel } from '../../_provider-keys/key-status.tsx'
import { BoundKey } from '../_list/bound-key.tsx'
import type { Asked } from '../_list/use-validation.ts'
import { bindingOf, providerOf } from '../agent.ts'
import type { Agent, Known } from '../agent.ts'
import { Resolution } from './resolution.tsx'
import { ValidationResult } from './validation-result.tsx'

const BindDialog = lazyPart(() => import('./bind-dialog.tsx').then(({ BindDialog }) => BindDialog))

type KeySectionProps = { agent: Agent; known: Known; mayChange: boolean; asked: Asked | null; onValidate: () => void }

/** The provider key that the agent calls with: which, why that one, whether the provider takes it, and another in its place. */
export function KeySection({ agent, known, mayChange, asked, onValidate }: KeySectionProps) {
  const t = useTranslations('agents')
  const [isBinding, setBinding] = useState(false)
  const { unbind, isBusy } = useUnbind(agent)
  const binding = bindingOf(agent, known)
  const isBound = binding.kind !== 'automatic'
  const mayValidate = isBound || providerOf(agent, known) !== null
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-sm font-semibold">{t('keySection')}</h3>
      <div className="flex flex-col gap-3 rounded-lg border bg-canvas p-4">
        <div className="flex items-center justify-between gap-3 text-sm">
          <BoundKey agent={agent} known={known} />
          {binding.kind === 'known' && <KeyStatusLabel status={binding.key.status} reason={binding.key.status_reason} />}
        </div>
        {!isBound && <Resolution agent={agent} known={known} />}
        <div className="flex flex-wrap gap-2">
          {mayChange && (
            <Button size="sm" icon={<Link2 aria-hidden />} onClick={() => setBinding(true)}>
              {isBound ? t('rebind') : t('bind')}
            </Button>
          )}
          {mayChange && isBound && (
            <Button size="sm" icon={<Unlink aria-hidden />} isBusy={isBusy} onClick={unbind}>
              {t('unbind')}
            </Button>
          )}
          {mayValidate && (
            <Button size="sm" icon={<ShieldCheck aria-hidden />} isBusy={asked?.isPending} onClick={onValidate}>
              {t('validate')}
            </Button>
          )}
        </div>
        <ValidationResult asked={asked} />
      </div>
      {isBinding && <BindDialog agent={agent} known={known} onClose={() => setBinding(false)} />}
    </section>
  )
}

function useUnbind(agent: Agent): { unbind: () => void; isBusy: boolean } {
  const t = useTranslations('agents')
  const describe = useFailureText()
  const setKey = useApiMutation(agents.setKey, [agents.list])
  const unbind = () =>
    setKey.mutate(
      { params: { id: agent.id }, body: { key_id: null } },
      {
        onSuccess: () => showToast({ tone: 'ok', title: t('unboundToast', { name: agent.name }) }),
        onError: (failure) => showToast({ tone: 'danger', title: t('notChanged', { name: agent.name }), description: describe(failure) }),
      },
    )
  return { unbind, isBusy: setKey.isPending }
}
