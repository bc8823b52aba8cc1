import type { IncomingMessage, ServerResponse } from 'node:http'
import { isActiveKey } from '../features/provider-keys/ask/resolution.ts'
import { newId } from '../platform/ids.ts'
import { readRequest } from '../providers/request/parse.ts'
import { upstreamRequest } from '../providers/upstream/request.ts'
import { admit } from './admission/admit.ts'
import { authenticate, credentialOf, type GatewayCaller } from './admission/authenticate.ts'
import { clientIp } from './admission/client-ip.ts'
import type { Endpoint } from './admission/endpoints.ts'
import { resolveModel, type Target } from './admission/models.ts'
import { planCall, unknownPrice } from './admission/plan.ts'
import { priceInForce } from './admission/price.ts'
import { Refused } from './errors.ts'
import { holdAttempt, type Attempt } from './settlement/settle.ts'
import { countersOfAll } from './snapshot/snapshot.ts'
import type { GatewayState } from './state.ts'
import type { Call } from './upstream/call.ts'
import { dispatchCall } from './upstream/dispatch.ts'
import { ClientLeft, readBody } from './upstream/request-body.ts'

/**
 * One call from its first byte to its dispatch: known caller, whole request, model, price, worst case, room in every limit, hold on the
 * disk, and only then the first byte to the provider. Throws a refusal from any step; nothing is held then.
 */
export async function generate(
  state: GatewayState,
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  endpoint: Endpoint,
): Promise<void> {
  if (state.openCalls >= state.bounds.openCallsMax) throw new Refused('overloaded', 'Too many calls are under way. Try again.')
  const credential = credentialOf(req.headers)
  const ip = () => clientIp(req, state.trustedProxies)
  const early = authenticate(state.snapshot, credential, ip, state.platform.now().getTime())
  const { revision } = state.snapshot
  state.openCalls++
  let received = 0
  let isDispatched = false
  const close = () => {
    state.openCalls--
    state.requestBytes -= received
    if (state.openCalls === 0) state.onIdle?.()
  }
  try {
    const bytes = await readBody(state, req)
    received = bytes.length
    if (res.destroyed) throw new ClientLeft()
    // Whatever changed while the request was coming in counts: a key revoked meanwhile opens nothing.
    const now = state.platform.now()
    const isSame = revision === state.snapshot.revision && early.accessKey.expiresAtMs === null
    const caller = isSame ? early : authenticate(state.snapshot, credential, ip, now.getTime())
    const { attempt, upstream, pool } = admitCall(state, req, caller, bytes, { requestId, endpoint, now })
    isDispatched = true
    dispatchCall(openCall(state, res, attempt, close), pool, upstream)
  } finally {
    if (!isDispatched) close()
  }
}

type Arrival = { requestId: string; endpoint: Endpoint; now: Date }

function admitCall(state: GatewayState, req: IncomingMessage, caller: GatewayCaller, bytes: Buffer, { requestId, endpoint, now }: Arrival) {
  const startedMs = performance.now()
  if (state.isClosing || !state.leadership.isHeld())
    throw new Refused('not_admitting', 'The gateway is starting, stopping, or waiting for its database. Try again.')
  const read = readRequest(bytes)
  if (!read) throw new Refused('invalid_request', 'The request is not a JSON object.')
  const { facts } = read
  if (facts.wrongField !== null)
    throw new Refused('invalid_request', `The field ${facts.wrongField.slice(0, 100)} cannot be used as it is.`, {
      param: facts.wrongField.slice(0, 100),
    })
  if (facts.model === null) throw new Refused('invalid_request', 'The request names no model.', { param: 'model' })
  if (facts.fallbackModels)
    throw new Refused('invalid_request', 'Fallback models in the request are not passed on; name one model.', { param: 'models' })
  const target = targetOf(state, caller, facts.model, endpoint, now)
  const { tenantId } = caller.accessKey
  // Whoever's key is billed says what it costs: a tenant sets no price for calls on the installation's keys.
  const price = priceInForce(state.snapshot, target.key.tenant_id, target.provider, target.model, now)
  if (!price) throw unknownPrice(target)
  const counters = countersOfAll(state.snapshot, [caller.accessKey.id, caller.accessKey.agentId, caller.ownerId, tenantId, target.key.id])
  const plan = planCall(read, endpoint, target, price, counters)
  const upstream = upstreamRequest(
    target.key.target!,
    endpoint.dialect,
    endpoint.path,
    state.platform.config.baseUrls,
    req.headers,
    plan.upstreamModel,
  )
  if ('refused' in upstream)
    throw new Refused('provider_key_unusable', `The settings of the key of ${target.provider} do not name a call (${upstream.refused}).`)
  const pool = state.pools.poolFor(target.key.id, target.key.secretVersion, upstream.origin)
  const isStream = facts.stream && endpoint.name !== 'embeddings'
  const attempt: Attempt = {
    id: newId(),
    requestId,
    endpoint,
    target,
    price,
    plan,
    counters,
    isStream,
    admittedAt: now,
    startedMs,
    firstByteMs: null,
  }
  admit(counters, plan.worst)
  holdAttempt(state, caller, attempt)
  return { attempt, upstream, pool }
}

function openCall(state: GatewayState, res: ServerResponse, attempt: Attempt, close: () => void): Call {
  const call: Call = {
    state,
    attempt,
    res,
    body: attempt.plan.body,
    controller: null,
    isSent: false,
    isClientGone: false,
    drainedBytes: 0,
    isSettled: false,
    isOver: false,
    finish() {
      if (call.isOver) return
      call.isOver = true
      close()
    },
  }
  return call
}

const rememberedMs = 1_000
const rememberedMax = 10_000
type Remembered = { revision: number; untilMs: number; target: Target }
const remembered = new WeakMap<object, Map<string, Remembered>>()

/** The target of a name, remembered while nothing it depends on has changed: looking for a bare name goes through all providers. */
function targetOf({ snapshot }: GatewayState, caller: GatewayCaller, name: string, endpoint: Endpoint, now: Date): Target {
  let targets = remembered.get(snapshot)
  if (!targets) remembered.set(snapshot, (targets = new Map()))
  const question = `${caller.accessKey.id} ${endpoint.dialect} ${name}`
  const known = targets.get(question)
  if (known && known.revision === snapshot.revision && known.untilMs > now.getTime() && isActiveKey(known.target.key, now))
    return known.target
  const target = resolveModel(snapshot, caller, name, endpoint, now)
  if (targets.size >= rememberedMax) targets.clear()
  targets.set(question, { revision: snapshot.revision, untilMs: now.getTime() + rememberedMs, target })
  return target
}
