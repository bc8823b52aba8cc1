import type { Ctx } from '../../platform/ctx.ts'
import type { Reader } from '../../platform/db.ts'
import { notFound } from '../../platform/failure.ts'
import { userById } from '../users/identify.ts'

/** A user that the caller may act for: themselves, or, with the tenant as their reach, any active user of it. Throws `not_found`. */
export async function ownerInReach({ caller }: Ctx, db: Reader, userId: string): Promise<string> {
  if (userId === caller.userId) return userId
  const user = caller.scope === 'own' ? undefined : await userById(db, userId)
  if (!user || user.tenant_id !== caller.tenantId || user.status !== 'active') throw notFound('user_not_found')
  return user.id
}
