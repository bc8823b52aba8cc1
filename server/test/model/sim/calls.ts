import { release, type Account, type Amounts } from '../../../src/features/quotas/leases/accounts.ts'
import { LeasesUnavailable, LimitReached } from '../../../src/features/quotas/leases/state.ts'
import type { GatewayCaller } from '../../../src/gateway/admission/authenticate.ts'
import type { Target } from '../../../src/gateway/admission/models.ts'
import { holdAttempt, settleAttempt, type Attempt as GatewayAttempt, type Charge } from '../../../src/gateway/settlement/settle.ts'
import { accountsOf } from '../../../src/gateway/snapshot/snapshot.ts'
import type { GatewayState } from '../../../src/gateway/state.ts'
import { newId } from '../../../src/platform/ids.ts'
import { createLog } from '../../../src/platform/log/log.ts'
import { checkAdmission, checkWindow } from '../checks/checks.ts'
import { tenantId } from '../database.ts'
import { inside, type HeldAttempt, type OpenCall, type SimProcess } from './process.ts'
import type { Attempt, Share } from '../reference.ts'
import { subjectId, type World } from '../world.ts'

/** Three ways to call: two keys of one user in a group, and one of a user in none, on another provider key. */
export const scopes = [
  { key: 0, user: 3, group: 5, providerKey: 7 },
  { key: 1, user: 3, group: 5, providerKey: 7 },
  { key: 2, user: 4, group: null, providerKey: 8 },
] as const

export type CallPlan = { who: number; cost: number; tokens: number; model: 'm' | 'n'; isHeld: boolean }

export type Made = 'admitted' | 'refused' | 'unavailable'

const log = createLog('silent')

/** A call comes in: its worst case is reserved, and its hold written. Answers what came of it, once that is known. */
export async function call(world: World, process: SimProcess, plan: CallPlan): Promise<Made> {
  if (process.state !== 'up' || process.isPaused) return 'unavailable'
  const { snapshot, parts } = process
  const { key, user, group, providerKey } = scopes[plan.who % scopes.length]!
  if (group !== null) snapshot.groupsOf.set(subjectId(user), [subjectId(group)])
  const at = new Date(world.wallMs + process.skewMs)
  const ids = { tenantId, ownerId: subjectId(user), agentId: null, accessKeyId: subjectId(key), providerKeyId: subjectId(providerKey) }
  const truly = accountsOf(snapshot, ids, { provider: 'openai', model: plan.model, isDeployment: false }, at)
  for (const account of truly) checkWindow(world, account, at)
  const accounts = world.plant === 'a scope is forgotten' ? truly.filter(({ limit }) => limit.subjectType !== 'tenant') : truly
  const worst = { cost: BigInt(plan.cost), tokens: BigInt(plan.tokens), requests: 1n, parallel: 1n }
  const startedAt = world.at
  const { version } = process
  const reserved = inside(process, () => parts!.leases.reserve(accounts, worst))
  const refusal = reserved === true ? null : await waitFor(process, reserved)
  if (refusal) return refused(world, refusal.error)
  // Nobody is left to make the call.
  if (process.isDead) return 'unavailable'
  // The world has changed meanwhile: the call is prepared again.
  if (version !== process.version) {
    inside(process, () => release(accounts, worst))
    return await call(world, process, plan)
  }
  const attempt: Attempt = {
    id: newId(),
    epoch: process.epoch,
    reserved: sharesOf(truly, worst),
    billed: null,
    fate: 'open',
    corrections: [],
    settledAt: 0,
  }
  const made: OpenCall = {
    attempt,
    accounts,
    truly,
    worst,
    held: plan.isHeld ? attemptOf(attempt.id, ids, plan.model, accounts, worst, at) : null,
  }
  process.calls.push(made)
  world.reference.attempts.push(attempt)
  world.counts.admitted++
  checkAdmission(world, process, made, startedAt)
  if (!made.held) return 'admitted'
  hold(process, made.held)
  // What it is charged if nobody ever says more of it.
  attempt.billed = sharesOf(truly, { ...worst, parallel: 0n })
  return 'admitted'
}

async function waitFor({ waiting }: SimProcess, reserved: Promise<void>): Promise<{ error: unknown } | null> {
  const answered = reserved.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  waiting.add(answered)
  return await answered.finally(() => waiting.delete(answered))
}

function refused(world: World, error: unknown): Made {
  if (error instanceof LimitReached) world.counts.refused++
  else if (!(error instanceof LeasesUnavailable)) world.violations.push(`a call was turned away by ${String(error)}`)
  return error instanceof LimitReached ? 'refused' : 'unavailable'
}

const sharesOf = (accounts: readonly Account[], amounts: Amounts): Share[] =>
  accounts.map(({ limit, windowStart }) => ({ counter: `${limit.id} ${Date.parse(windowStart)}`, amount: amounts[limit.metric] }))

/** An attempt as the gateway has it, as far as its hold and its settlement look at it. */
function attemptOf(
  id: string,
  ids: HeldAttempt['ids'],
  model: string,
  accounts: readonly Account[],
  worst: Amounts,
  at: Date,
): HeldAttempt {
  const key = { tenant_id: tenantId, id: ids.providerKeyId } as Target['key']
  const price = { kind: 'set', price: { perMillionNanos: {} }, source: 'set', model: null, isEstimate: false } as const
  return {
    id,
    ids,
    requestId: id,
    tenantId,
    endpoint: { name: 'chat' } as unknown as GatewayAttempt['endpoint'],
    target: { provider: 'openai', model, key, isDeployment: false },
    plan: { body: Buffer.alloc(0), upstreamModel: model, price, worst, hidesUsage: false },
    accounts,
    isStream: false,
    admittedAt: at,
    startedMs: performance.now(),
    firstByteMs: null,
  }
}

/** What the gateway's holds and settlements need of it. */
function gatewayOf({ parts }: SimProcess): GatewayState {
  const { journal, drain } = parts!
  return { platform: { log, config: { journalSync: 'group' } }, journal, drain } as unknown as GatewayState
}

function hold(process: SimProcess, held: HeldAttempt): void {
  const { ownerId, accessKeyId } = held.ids
  const caller = { accessKey: { tenantId, id: accessKeyId, agentId: null }, agent: null, ownerId } as unknown as GatewayCaller
  inside(process, () => holdAttempt(gatewayOf(process), caller, held))
}

/** What the provider has billed: as it says itself, nobody knows, or nothing. */
export type Bill = { cost: number; tokens: number; kind: 'used' | 'reservation' | 'nothing' }

/** A call ends, and is settled as the gateway does. */
export function settleCall(world: World, process: SimProcess, index: number, bill: Bill): void {
  const open = process.calls.filter(({ held }) => held)
  const made = open[index % open.length]
  if (!made?.held || process.isPaused || process.state !== 'up') return
  process.calls.splice(process.calls.indexOf(made), 1)
  const { attempt, truly, worst, held } = made
  attempt.fate = 'settled'
  attempt.settledAt = world.at
  attempt.billed = sharesOf(truly, billedBy(bill, worst))
  const ending = { outcome: 'ok', source: null, code: null, httpStatus: 200, charge: chargeOf(bill) } as const
  inside(process, () => settleAttempt(gatewayOf(process), held, ending))
  if (world.plant !== 'settled twice') return
  const again = { ...held, id: newId(), accounts: [] }
  hold(process, { ...held, id: again.id })
  inside(process, () => settleAttempt(gatewayOf(process), again, ending))
}

function billedBy({ cost, tokens, kind }: Bill, worst: Amounts): Amounts {
  if (kind === 'reservation') return { ...worst, parallel: 0n }
  const used = kind === 'used'
  return { cost: used ? BigInt(cost) : 0n, tokens: used ? BigInt(tokens) : 0n, requests: 1n, parallel: 0n }
}

function chargeOf({ cost, tokens, kind }: Bill): Charge {
  if (kind !== 'used') return { kind }
  const none = { cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0, output: 0, reasoning: 0, audioInput: 0, audioOutput: 0, image: 0 }
  const buckets = { ...none, input: tokens }
  return { kind, buckets, webSearches: 0, raw: null, costNanos: BigInt(cost), model: null, isEstimate: false }
}

/** A call that never went out gives its reservation back. */
export function releaseCall(process: SimProcess, index: number): void {
  const free = process.calls.filter(({ held }) => !held)
  const made = free[index % free.length]
  if (!made || process.isPaused || process.state !== 'up') return
  process.calls.splice(process.calls.indexOf(made), 1)
  made.attempt.fate = 'released'
  inside(process, () => release(made.accounts, made.worst))
}
