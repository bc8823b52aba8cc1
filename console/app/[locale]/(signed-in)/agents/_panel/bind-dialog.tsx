'use client'

import { Route } from 'lucide-react'
import { useTranslations } from 'next-intl'
import * as Radix from 'radix-ui/radio-group'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Link } from '#i18n/navigation.ts'
import { agents } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { paths } from '#lib/paths.ts'
import { providerLabel } from '#lib/providers.ts'
import { Button } from '#ui/action/button.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Dialog } from '#ui/overlay/dialog.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { ProviderMark } from '../../_parts/provider-mark.tsx'
import { KeyStatusLabel } from '../../_provider-keys/key-status.tsx'
import { bindableKeys } from '../agent.ts'
import type { Agent, Known, OwnedKey } from '../agent.ts'

const automatic = 'automatic'

/** Chooses the key that an agent is bound to, among those it may use, or none. */
export function BindDialog({ agent, known, onClose }: { agent: Agent; known: Known; onClose: () => void }) {
  const t = useTranslations('agents')
  const keys = bindableKeys(known.keys, { provider: agent.provider, isMine: agent.owner_id === known.meId })
  const [chosen, setChosen] = useState(agent.key_id ?? automatic)
  const { bind, isBusy, problem } = useBind(agent, onClose)
  const footer = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button
        tone="primary"
        disabled={chosen === (agent.key_id ?? automatic)}
        isBusy={isBusy}
        onClick={() => bind(chosen === automatic ? null : chosen)}
      >
        {t('save')}
      </Button>
    </>
  )
  return (
    <Dialog
      isOpen
      title={t('bindTitle', { name: agent.name })}
      description={agent.provider ? t('bindPurpose', { provider: providerLabel(agent.provider) }) : t('bindPurposeAny')}
      onClose={onClose}
      footer={footer}
    >
      <div className="flex flex-col gap-4 pt-1">
        <Radix.Root aria-label={t('key')} value={chosen} onValueChange={setChosen} className="flex flex-col gap-2">
          <Choice
            value={automatic}
            icon={<Route aria-hidden className="size-4 text-faint" />}
            name={t('automatic')}
            note={t('automaticNote')}
          />
          {keys.map(({ type, key }) => (
            <KeyChoice key={key.id} ownedKey={{ type, key }} />
          ))}
        </Radix.Root>
        {keys.length === 0 && <NoKeys />}
        {problem && <Alert tone="danger">{problem}</Alert>}
      </div>
    </Dialog>
  )
}

function useBind(
  agent: Agent,
  onBound: () => void,
): { bind: (keyId: string | null) => void; isBusy: boolean; problem: string | undefined } {
  const t = useTranslations('agents')
  const describe = useFailureText()
  const setKey = useApiMutation(agents.setKey, [agents.list])
  const onSuccess = () => {
    onBound()
    showToast({ tone: 'ok', title: t('boundToast', { name: agent.name }) })
  }
  const bind = (keyId: string | null) => setKey.mutate({ params: { id: agent.id }, body: { key_id: keyId } }, { onSuccess })
  return { bind, isBusy: setKey.isPending, problem: setKey.error ? describe(setKey.error) : undefined }
}

function NoKeys() {
  const t = useTranslations('agents')
  const link = (words: ReactNode) => (
    <Link href={paths.myKeys({ panel: 'new' })} className="rounded-sm text-accent-text hover:underline">
      {words}
    </Link>
  )
  return <p className="text-sm text-muted">{t.rich('noKeysToBind', { link })}</p>
}

function KeyChoice({ ownedKey: { type, key } }: { ownedKey: OwnedKey }) {
  const t = useTranslations('agents')
  const note = (
    <>
      {t(`keyType.${type}`)} · {providerLabel(key.provider)} {key.key_hint && <Mono>{key.key_hint}</Mono>}
    </>
  )
  return (
    <Choice
      value={key.id}
      icon={<ProviderMark provider={key.provider} isDimmed={!key.is_active} />}
      name={key.name}
      note={note}
      aside={<KeyStatusLabel status={key.status} reason={key.status_reason} />}
    />
  )
}

function Choice({ value, icon, name, note, aside }: { value: string; icon: ReactNode; name: string; note: ReactNode; aside?: ReactNode }) {
  return (
    <Radix.Item
      value={value}
      className="flex items-center gap-3 rounded-md border border-line-strong px-3 py-2 text-left transition-colors duration-75 hover:bg-hover data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:shadow-[inset_0_0_0_1px_var(--accent)]"
    >
      <span className="flex size-6 shrink-0 items-center justify-center">{icon}</span>
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate text-sm font-medium">{name}</span>
        <span className="text-xs text-muted">{note}</span>
      </span>
      {aside}
    </Radix.Item>
  )
}
