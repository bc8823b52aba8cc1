import type { Received } from '@llm-manager/contract/endpoint'
import type { sessions } from '@llm-manager/contract/sessions'
import { changeAs, type Platform, type PublicCtx } from '../../platform/ctx.ts'
import { isDuplicate, unattended } from '../../platform/db.ts'
import { Failure } from '../../platform/failure.ts'
import { newId } from '../../platform/ids.ts'
import { ensureRootTenant } from '../tenants/tenants.ts'
import { hasPlatformAdmin, insertPlatformAdmin } from '../users/identify.ts'
import { hashPassword } from '../users/password.ts'
import { accessReply, openSession, toMe } from './sessions.ts'
import { lockSetup, markSetupLinkUsed, replaceSetupLink } from './sessions.store.ts'
import { hashSecret, newSecret } from './tokens.ts'

/**
 * Makes sure that the installation can be administered: the root tenant, and the administrator named by the environment.
 * Where there is no administrator yet, answers the token of a new one-time set-up link; earlier unused links stop working.
 */
export async function prepareInstallation(platform: Platform): Promise<{ setupToken: string | null }> {
  const { db, config, now } = platform
  const root = await ensureRootTenant(db, now())
  if (await hasPlatformAdmin(db)) return { setupToken: null }
  if (config.admin) {
    const passwordHash = await hashPassword(config.admin.password.expose())
    const { email } = config.admin
    await unattended(db, (tx) =>
      insertPlatformAdmin(tx, { id: newId(), tenantId: root.id, email, name: email.split('@')[0]!, passwordHash, locale: 'pt-BR' }, now()),
    )
    return { setupToken: null }
  }
  const setupToken = newSecret('lu')
  await unattended(db, (tx) =>
    replaceSetupLink(tx, { tenant_id: root.id, id: newId(), token_hash: hashSecret(setupToken), created_at: now() }),
  )
  return { setupToken }
}

/** Creates the first platform administrator, once, for whoever holds the set-up link; and signs them in. */
export async function setUp(ctx: PublicCtx, { body }: Received<typeof sessions.setUp>) {
  const root = await ensureRootTenant(ctx.db, ctx.now())
  if (await hasPlatformAdmin(ctx.db)) throw new Failure('conflict', 'setup_done')
  const passwordHash = await hashPassword(body.password)
  const id = newId()
  try {
    return await changeAs(ctx, { userId: id, tenantId: root.id }, async (tx, audit) => {
      await lockSetup(tx)
      if (await hasPlatformAdmin(tx)) throw new Failure('conflict', 'setup_done')
      if (!(await markSetupLinkUsed(tx, hashSecret(body.token), ctx.now()))) throw new Failure('unauthenticated', 'setup_link_invalid')
      const { email, name } = body
      const user = await insertPlatformAdmin(
        tx,
        { id, tenantId: root.id, email, name, passwordHash, locale: ctx.request.locale },
        ctx.now(),
      )
      const { sessionId, refreshToken } = await openSession(ctx, tx, user)
      audit({ action: 'user.created', subject: { type: 'user', id }, after: { email, name, roles: user.roles } })
      return { ...(await accessReply(ctx, id, sessionId)), refresh_token: refreshToken, user: toMe(user) }
    })
  } catch (error) {
    throw isDuplicate(error) ? new Failure('conflict', 'email_taken', { cause: error }) : error
  }
}
