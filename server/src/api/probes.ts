import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { timingSafeEqual } from 'node:crypto'
import { register } from 'prom-client'
import type { Platform } from '../platform/ctx.ts'
import { Failure } from '../platform/failure.ts'
import type { GatewayView } from './status.ts'

/** Whoever asks whether we are ready does not wait long for the answer. */
const readyMs = 2_000

/** What machines ask: is it alive, is it ready, its metrics, its public keys. */
export function probeRoutes(app: FastifyInstance, platform: Platform, gateway: GatewayView): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    const [isDatabaseThere, status] = await Promise.all([answersWithin(readyMs, platform.db), gateway.status()])
    const { admitting, problems, warnings, journalBytes, journalBoundBytes } = status
    const isReady = isDatabaseThere && admitting
    return reply.code(isReady ? 200 : 503).send({
      status: isReady ? 'ready' : 'not ready',
      problems: isDatabaseThere ? problems : ['the database does not answer', ...problems],
      warnings,
      journal: { bytes: journalBytes, bound_bytes: journalBoundBytes },
    })
  })
  // No token is signed with a public key yet, so the set is empty and says so truthfully.
  app.get('/.well-known/jwks.json', async () => ({ keys: [] }))
  app.get('/metrics', async (request, reply) => {
    if (!isLocal(request) && !bearsToken(platform, request.headers.authorization)) throw new Failure('unauthenticated', 'unauthenticated')
    return reply.type(register.contentType).send(await gateway.metrics())
  })
}

async function answersWithin(ms: number, db: Platform['db']): Promise<boolean> {
  const late = AbortSignal.timeout(ms)
  const answer = sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
  return await Promise.race([answer, new Promise<boolean>((resolve) => late.addEventListener('abort', () => resolve(false)))])
}

/** From this machine, and not through a proxy on it, which speaks for anybody. */
function isLocal({ socket: { remoteAddress = '' }, headers }: FastifyRequest): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined
  return !isForwarded && /^(::1|(::ffff:)?127\.)/.test(remoteAddress)
}

function bearsToken({ config }: Platform, authorization: string | undefined): boolean {
  if (!config.metricsToken || !authorization) return false
  const expected = Buffer.from(`Bearer ${config.metricsToken.expose()}`)
  const given = Buffer.from(authorization)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
