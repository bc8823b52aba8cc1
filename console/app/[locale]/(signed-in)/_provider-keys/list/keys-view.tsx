'use client'

import { KeyRound, Plus, SearchX } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { lazyPart } from '#lib/lazy-part.tsx'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiQuery } from '#lib/api/use-api.ts'
import { matches } from '#lib/search.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { providerLabel } from '#lib/providers.ts'
import { Button } from '#ui/action/button.tsx'
import { Card } from '#ui/layout/card.tsx'
import { PageHeader } from '#ui/layout/page.tsx'
import { TableSkeleton } from '#ui/state/skeleton.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { DataTable } from '#ui/table/data-table.tsx'
import { FilterBar, useSearch } from '../../_parts/list-card.tsx'
import { usePanel, useSort } from '../../_parts/list-url.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { keyKinds } from '../key-kinds.ts'
import type { KeyKind, ProviderKey } from '../key-kinds.ts'
import { useKeyColumns } from './key-columns.tsx'
import type { KeyActions } from './key-columns.tsx'
import { useKeyActions } from './use-key-actions.tsx'

const KeyPanel = lazyPart(() => import('./key-panel.tsx').then(({ KeyPanel }) => KeyPanel))
const KeyForm = lazyPart(() => import('../form/key-form.tsx').then(({ KeyForm }) => KeyForm))

/** The page of provider keys: the installation's, or one's own. */
export function KeysView({ kind }: { kind: KeyKind }) {
  const t = useTranslations(keyKinds[kind].messages)
  const panel = usePanel()
  const mayWrite = useMe().permissions.includes(keyKinds[kind].write)
  const query = useApiQuery(keyKinds[kind].endpoints.list, { everyMs: 15_000 })
  const { actions, dialog } = useKeyActions(kind, panel)
  const create = mayWrite && (
    <Button tone="primary" icon={<Plus aria-hidden />} onClick={panel.create}>
      {t('create')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('title')} purpose={t('purpose')} action={query.data && query.data.length > 0 && create} />
      <Card label={t('title')}>
        <QueryView query={query} skeleton={<TableSkeleton columns={6} />}>
          {(keys) => (
            <>
              {keys.length === 0 ? (
                <NoKeys kind={kind} create={create} />
              ) : (
                <KeyList kind={kind} keys={keys} panel={panel} actions={mayWrite ? actions : null} />
              )}
              <OpenPanel kind={kind} keys={keys} panel={panel} actions={mayWrite ? actions : null} />
            </>
          )}
        </QueryView>
      </Card>
      {dialog}
    </>
  )
}

type KeyListProps = { kind: KeyKind; keys: readonly ProviderKey[]; panel: Panel; actions: KeyActions | null }

function KeyList({ kind, keys, panel, actions }: KeyListProps) {
  const t = useTranslations('providerKeys')
  const title = useTranslations(keyKinds[kind].messages)('title')
  const columns = useKeyColumns(actions)
  const [sort, setSort] = useSort()
  const [search, setSearch] = useSearch()
  const shown = keys.filter(({ name, provider, key_hint }) => matches(search, name, providerLabel(provider), key_hint))
  return (
    <>
      <FilterBar search={search} onSearch={setSearch} count={t('count', { count: shown.length })} />
      {shown.length === 0 ? (
        <ViewState icon={SearchX} title={t('noMatch')} action={<Button onClick={() => setSearch('')}>{t('clearSearch')}</Button>}>
          {t('noMatchBody', { search })}
        </ViewState>
      ) : (
        <DataTable
          caption={title}
          columns={columns}
          rows={shown}
          keyOf={({ id }) => id}
          selectedKey={panel.id}
          onOpen={({ id }) => panel.open(id)}
          sort={sort}
          onSort={setSort}
        />
      )}
    </>
  )
}

function OpenPanel({ kind, keys, panel, actions }: KeyListProps) {
  const opened = keys.find(({ id }) => id === panel.id)
  if (panel.mode === 'new' && actions) return <KeyForm kind={kind} onClose={panel.close} onSaved={(key) => panel.open(key.id)} />
  if (!opened) return null
  if (panel.mode === 'edit' && actions)
    return (
      <KeyForm key={opened.id} kind={kind} edited={opened} onClose={() => panel.open(opened.id)} onSaved={(key) => panel.open(key.id)} />
    )
  return <KeyPanel providerKey={opened} actions={actions} onClose={panel.close} />
}

function NoKeys({ kind, create }: { kind: KeyKind; create: React.ReactNode }) {
  const t = useTranslations(keyKinds[kind].messages)
  return (
    <ViewState icon={KeyRound} title={t('emptyTitle')} action={create}>
      {t('emptyBody')}
    </ViewState>
  )
}
