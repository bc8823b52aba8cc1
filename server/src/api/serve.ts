import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Endpoint } from '@llm-manager/contract/endpoint'
import { permissions } from '@llm-manager/contract/permissions'
import * as z from 'zod/mini'
import { callerOfBearer } from '../features/sessions/callers.ts'
import { chooseLocale } from '../messages/messages.ts'
import type { Route } from '../platform/bind.ts'
import { auditRefusal, type Caller, type Ctx, type Platform, type PublicCtx } from '../platform/ctx.ts'
import { Failure } from '../platform/failure.ts'
import { receive } from './input.ts'

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** Serves one endpoint: who asks, may they, what did they send, the operation, and a reply of just what the contract names. */
export function serve(app: FastifyInstance, platform: Platform, { name, endpoint, handle }: Route): void {
  declared(name, endpoint)
  app.route({
    method: endpoint.method,
    url: endpoint.path.replace(/\{(\w+)\}/g, ':$1'),
    onRequest: async (request) => {
      request.caller = endpoint.access === 'public' ? null : await admit(publicCtx(platform, request), endpoint, request)
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const ctx = { ...publicCtx(platform, request), caller: request.caller } as Ctx
      const input = receive(endpoint, request, ctx.request.locale)
      const answer = z.parse(endpoint.reply, await handle(ctx, input))
      return reply.code(endpoint.status ?? 200).send(answer)
    },
  })
}

/** 401 for whom we do not know, then 403 for who may not, before anything of the request is looked at. Refused attempts are audited. */
async function admit(ctx: PublicCtx, endpoint: Endpoint, request: FastifyRequest): Promise<Caller> {
  const caller = await callerOfBearer(ctx, bearerOf(request))
  const { access, plan } = endpoint
  const permitted = access === 'signed_in' || access === 'public' || caller.permissions.has(access)
  const planned = !plan || caller.plan === plan
  if (permitted && planned) return caller
  await auditRefusal(ctx, caller, {
    action: `${endpoint.method} ${endpoint.path}`,
    subject: { type: 'route', id: null },
    after: { permission: access, plan: caller.plan },
  })
  throw permitted ? new Failure('plan_required', 'plan_required') : new Failure('forbidden', 'forbidden')
}

function bearerOf(request: FastifyRequest): string {
  const [, token] = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (!token) throw new Failure('unauthenticated', 'unauthenticated')
  return token
}

export function publicCtx(platform: Platform, request: FastifyRequest): PublicCtx {
  const userAgent = request.headers['user-agent']?.slice(0, 300) ?? null
  return { ...platform, request: { id: request.id, ip: request.ip, userAgent, locale: chooseLocale(request.headers['accept-language']) } }
}

/** A route that does not say who may call it does not start. */
function declared(name: string, endpoint: Endpoint): void {
  const { access } = endpoint
  if (access === 'public' || access === 'signed_in' || permissions.includes(access)) return
  throw new Error(`The route ${name} declares no permission`)
}
