import type { IncomingMessage, ServerResponse } from 'node:http'
import { isActiveKey } from '../features/provider-keys/ask/resolution.ts'
import { release } from '../features/quotas/leases/accounts.ts'
import { newId } from '../platform/ids.ts'
import { readRequest } from '../providers/request/parse.ts'
import { upstreamRequest } from '../providers/upstream/request.ts'
import { admit } from './admission/admit.ts'
import { authenticate, credentialOf, type GatewayCaller } from './admission/authenticate.ts'
import { clientIp } from './admission/client-ip.ts'
import type { Endpoint } from './admission/endpoints.ts'
import { resolveModel, type Target } from './admission/models.ts'
import { planCall } from './admission/plan.ts'
import { pricingOf } from './admission/price.ts'
import { Refused } from './errors.ts'
import { holdAttempt, type Attempt } from './settlement/settle.ts'
import { accountsOf } from './snapshot/snapshot.ts'
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
    const arrival: Arrival = { req, res, requestId, endpoint, bytes, startedMs: performance.now() }
    const isSame = revision === state.snapshot.revision && early.accessKey.expiresAtMs === null
    // Whatever changed while the request was coming in counts: a key revoked meanwhile opens nothing.
    const known = () => authenticate(state.snapshot, credential, ip, state.platform.now().getTime())
    const { caller, call } = await admitCall(state, arrival, isSame ? early : known(), known)
    const attempt = openAttempt(arrival, call)
    holdAttempt(state, caller, attempt)
    isDispatched = true
    dispatchCall(openCall(state, res, attempt, close), call.pool, call.upstream)
  } finally {
    if (!isDispatched) close()
  }
}

/** A request that is here whole. `startedMs`: of the monotonic clock. */
type Arrival = { req: IncomingMessage; res: ServerResponse; requestId: string; endpoint: Endpoint; bytes: Buffer; startedMs: number }
type PreparedCall = ReturnType<typeof prepareCall>

/**
 * Prepares a call and reserves its worst case. Where room has to be asked for, the world may change meanwhile: then the call is prepared
 * again, by whoever presents the credential now.
 */
async function admitCall(state: GatewayState, arrival: Arrival, first: GatewayCaller, known: () => GatewayCaller) {
  for (let caller = first; ; caller = known()) {
    const call = prepareCall(state, arrival, caller)
    const { revision } = state.snapshot
    const { accounts, plan, now } = call
    const { tenantId } = caller.accessKey
    const told = { tenantId, budgetStatus: state.snapshot.tenants.get(tenantId)?.budgetStatus ?? 402 }
    const reserved = admit(state.leases, accounts, plan.worst, now, told)
    if (reserved === true) return { caller, call }
    await reserved
    if (!arrival.res.destroyed && revision === state.snapshot.revision) return { caller, call }
    release(accounts, plan.worst)
    if (arrival.res.destroyed) throw new ClientLeft()
  }
}

/** More limits on one call would hold up the calls of everybody else: each is asked for, journaled and posted. */
const limitsMax = 100

/** Everything up to the reservation: nothing is held yet. The admission instant is now. */
function prepareCall(state: GatewayState, { req, bytes, endpoint }: Arrival, caller: GatewayCaller) {
  const now = state.platform.now()
  if (state.isClosing) throw new Refused('not_admitting', 'The gateway is stopping. Try again.')
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
  const { tenantId, agentId, id: accessKeyId } = caller.accessKey
  const scope = { tenantId, ownerId: caller.ownerId, agentId, accessKeyId, providerKeyId: target.key.id }
  const accounts = accountsOf(state.snapshot, scope, target, now)
  if (accounts.length > limitsMax)
    throw new Refused('overloaded', `More than ${limitsMax} limits apply to this call, which is more than can be kept. Lift some.`)
  const isLimited = accounts.some((account) => account.limit.isHard)
  const plan = planCall(read, endpoint, target, pricingOf(state.snapshot, tenantId, target, now), isLimited)
  const { baseUrls } = state.platform.config
  const upstream = upstreamRequest(target.key.target!, endpoint.dialect, endpoint.path, baseUrls, req.headers, plan.upstreamModel)
  if ('refused' in upstream)
    throw new Refused('provider_key_unusable', `The settings of the key of ${target.provider} do not name a call (${upstream.refused}).`)
  const pool = state.pools.poolFor(target.key.id, target.key.secretVersion, upstream.origin)
  const isStream = facts.stream && endpoint.name !== 'embeddings'
  return { tenantId, target, plan, accounts, isStream, now, upstream, pool }
}

function openAttempt(
  { requestId, endpoint, startedMs }: Arrival,
  { tenantId, target, plan, accounts, isStream, now }: PreparedCall,
): Attempt {
  return {
    id: newId(),
    requestId,
    endpoint,
    tenantId,
    target,
    plan,
    accounts,
    isStream,
    admittedAt: now,
    startedMs,
    firstByteMs: null,
  }
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
