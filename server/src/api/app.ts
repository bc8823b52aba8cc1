import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Server } from 'node:http'
import { chooseLocale } from '../messages/messages.ts'
import type { Route } from '../platform/bind.ts'
import type { Platform } from '../platform/ctx.ts'
import { Failure } from '../platform/failure.ts'
import { newId } from '../platform/ids.ts'
import { describeError } from '../platform/log/log.ts'
import { refusalOf } from './errors.ts'
import { openApiDocument } from './openapi.ts'
import { routes } from './routes.ts'
import { serve } from './serve.ts'

const bodyBytesMax = 1024 * 1024

/** Builds the API on a server that the process owns. `more` are routes that need the process itself (status). */
export async function buildApi(platform: Platform, server: Server, more: Route[]): Promise<FastifyInstance> {
  const app = fastify({
    serverFactory: () => server,
    bodyLimit: bodyBytesMax,
    genReqId: () => newId(),
    trustProxy: platform.config.trustedProxies.length > 0 ? platform.config.trustedProxies : false,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => void refuse(platform, error, request, reply),
  })
  app.decorateRequest('caller', null)
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parseJson(request, body as string, done)
  })
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { 'script-src': ["'self'"], 'upgrade-insecure-requests': null } },
    strictTransportSecurity: platform.config.publicUrl?.startsWith('https:') ?? false,
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
  })
  app.addHook('onResponse', async (request, reply) => logAccess(platform, request, reply))
  app.setErrorHandler((error, request, reply) => refuse(platform, error, request, reply))
  const every = [...routes, ...more]
  app.setNotFoundHandler((request) => {
    const allowed = every.filter(({ endpoint }) => matches(endpoint.path, request.url)).length > 0
    throw allowed ? new Failure('method_not_allowed', 'method_not_allowed') : new Failure('not_found', 'not_found')
  })
  await app.register(swagger, { mode: 'static', specification: { document: openApiDocument() as never } })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  app.get('/openapi.json', async () => openApiDocument())
  for (const route of every) serve(app, platform, route)
  return app
}

function refuse(platform: Platform, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error, chooseLocale(request.headers['accept-language']), request.id)
  if (refusal.ours) platform.log.error({ request_id: request.id, err: describeError(error) }, 'a request failed')
  if (refusal.retryAfterS !== null) reply.header('retry-after', refusal.retryAfterS)
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(refusal.status).send(refusal.body)
}

/** One line per request, reads included: who, what, how it ended. Never the query's values nor the body. */
function logAccess({ log }: Platform, request: FastifyRequest, reply: FastifyReply): void {
  if (!log.isLevelEnabled('info')) return
  log.info({
    request_id: request.id,
    method: request.method,
    path: request.routeOptions.url ?? 'unknown',
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    user_id: request.caller?.userId,
    tenant_id: request.caller?.tenantId,
    ip: request.ip,
  })
}

function matches(path: string, url: string): boolean {
  const expected = path.split('/')
  const given = url.split('?')[0]!.split('/')
  return expected.length === given.length && expected.every((part, index) => part.startsWith('{') || part === given[index])
}
