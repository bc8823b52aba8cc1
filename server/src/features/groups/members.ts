import type { Received } from '@llm-manager/contract/endpoint'
import type { groups } from '@llm-manager/contract/groups'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId } from '../../platform/ids.ts'
import { userById } from '../users/identify.ts'
import { groupInReach, lockedGroup } from './groups.ts'
import { hasImposedLimit, updateGroup } from './groups.store.ts'
import { deleteMember, findMember, insertMember, listMembers, type MemberRow } from './members.store.ts'

type Input<K extends keyof typeof groups> = Received<(typeof groups)[K]>

export async function listGroupMembers(ctx: Ctx, { params, query }: Input<'members'>) {
  allow(ctx, 'groups:read')
  const page = pageOf(query)
  const group = await groupInReach(ctx, ctx.db, params.id)
  return listReply(page, await listMembers(ctx.db, group.tenant_id, group.id, page), toMember)
}

/** Puts a user of the group's tenant into it. Throws `not_found` for anybody else, `conflict` for who is in it already. */
export async function addGroupMember(ctx: Ctx, { params, body }: Input<'addMember'>) {
  return await change(ctx, 'groups:write', async (tx, audit) => {
    const { tenant_id: tenantId, id } = await lockedGroup(ctx, tx, params.id)
    const user = await userById(tx, body.user_id)
    if (user?.tenant_id !== tenantId) throw notFound('user_not_found')
    if (await findMember(tx, tenantId, id, user.id)) throw new Failure('conflict', 'group_member_taken')
    const now = ctx.now()
    await insertMember(tx, tenantId, id, user.id, now)
    await updateGroup(tx, tenantId, id, { updated_at: now })
    audit({ action: 'group.member_added', tenantId, subject: { type: 'group', id }, after: { user_id: user.id } })
    return toMember({ id: user.id, name: user.name, email: user.email, created_at: now })
  })
}

/** Who is held by a limit from above leaves its group only by whoever may lift it. */
export async function removeGroupMember(ctx: Ctx, { params }: Input<'removeMember'>): Promise<undefined> {
  await change(ctx, 'groups:write', async (tx, audit) => {
    const { tenant_id: tenantId, id } = await lockedGroup(ctx, tx, params.id)
    const member = isId(params.user_id) ? await findMember(tx, tenantId, id, params.user_id) : undefined
    if (!member) throw notFound('group_member_not_found')
    if (ctx.caller.scope !== 'all' && (await hasImposedLimit(tx, tenantId, id))) throw new Failure('forbidden', 'quota_imposed')
    await deleteMember(tx, tenantId, id, member.id)
    await updateGroup(tx, tenantId, id, { updated_at: ctx.now() })
    audit({ action: 'group.member_removed', tenantId, subject: { type: 'group', id }, before: { user_id: member.id } })
  })
}

function toMember({ id, name, email, created_at }: MemberRow) {
  return { user_id: id, name, email, created_at: created_at.toISOString() }
}
