'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import { UserMinus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { groups, users } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiMutation } from '#lib/api/use-api.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { IconButton } from '#ui/action/icon-button.tsx'
import { Combobox } from '#ui/choose/combobox.tsx'
import { Field } from '#ui/form/field.tsx'
import { showToast } from '#ui/overlay/toast.ts'
import { Skeleton } from '#ui/state/skeleton.tsx'
import { firstPage } from '../../_parts/first-page.ts'
import { usePagedList } from '../../_parts/paged-list.ts'
import { useWholeList } from '../../_parts/whole-list.ts'
import type { Group, Member } from '../group.ts'

/** The people of a group; who may puts others in and takes them out. */
export function MembersSection({ group, mayChange }: { group: Group; mayChange: boolean }) {
  const t = useTranslations('groups')
  const query = usePagedList(groups.members, { params: { id: group.id }, ...firstPage() }, { key: group.id, everyMs: 15_000 })
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-sm font-semibold">{t('members')}</h3>
      <QueryView query={query} size="sm" skeleton={<Skeleton className="h-11 w-full" />}>
        {(members) => (
          <>
            {mayChange && <AddMember group={group} members={members} />}
            {members.length === 0 ? (
              <p className="text-sm text-muted">{t(mayChange ? 'nobody' : 'nobodyYet')}</p>
            ) : (
              <ul className="flex flex-col divide-y rounded-lg border">
                {members.map((member) => (
                  <MemberRow key={member.user_id} group={group} member={member} mayChange={mayChange} />
                ))}
              </ul>
            )}
            {query.hasNextPage && (
              <Button size="sm" className="w-fit" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t('moreMembers')}
              </Button>
            )}
          </>
        )}
      </QueryView>
    </section>
  )
}

/** Chooses among the people of the group's tenant who are not in it. */
function AddMember({ group, members }: { group: Group; members: readonly Member[] }) {
  const t = useTranslations('groups')
  const isEnabled = useMe().permissions.includes('users:read')
  const { query, items } = useWholeList(users.list, { isEnabled })
  const addMember = useApiMutation(groups.addMember, [groups.members, groups.list])
  const onFailure = useNotChanged()
  const inside = new Set(members.map(({ user_id }) => user_id))
  const outside = items.filter(({ id, tenant_id, status }) => tenant_id === group.tenant_id && status === 'active' && !inside.has(id))
  const add = (userId: string) =>
    addMember.mutate(
      { params: { id: group.id }, body: { user_id: userId } },
      { onSuccess: ({ name }) => showToast({ tone: 'ok', title: t('addedToast', { name }) }), onError: onFailure },
    )
  if (!isEnabled) return null
  return (
    <Field label={t('add')} isOptional isLabelHidden>
      {(control) => (
        <Combobox
          control={control}
          choices={outside.map(({ id, name, email }) => ({ value: id, label: name, note: email }))}
          value={null}
          isPending={query.isLoading}
          placeholder={`${t('add')}…`}
          empty={t('everybody')}
          onChange={add}
        />
      )}
    </Field>
  )
}

function MemberRow({ group, member: { user_id, name, email }, mayChange }: { group: Group; member: Member; mayChange: boolean }) {
  const t = useTranslations('groups')
  const remove = useApiMutation(groups.removeMember, [groups.members, groups.list])
  const onFailure = useNotChanged()
  const takeOut = () =>
    remove.mutate(
      { params: { id: group.id, user_id } },
      { onSuccess: () => showToast({ tone: 'ok', title: t('removedToast', { name }) }), onError: onFailure },
    )
  return (
    <li className="flex items-center gap-3 py-2 pr-2 pl-3 text-sm">
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate">{name}</span>
        <span className="truncate text-xs text-faint">{email}</span>
      </span>
      {mayChange && (
        <IconButton label={t('remove', { name })} disabled={remove.isPending} onClick={takeOut}>
          <UserMinus aria-hidden />
        </IconButton>
      )}
    </li>
  )
}

function useNotChanged(): (failure: CallFailed) => void {
  const t = useTranslations('groups')
  const describe = useFailureText()
  return (failure) => showToast({ tone: 'danger', title: t('notChanged'), description: describe(failure) })
}
