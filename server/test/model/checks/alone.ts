import { call, releaseCall, scopes, type CallPlan } from '../sim/calls.ts'
import type { SimProcess } from '../sim/process.ts'
import { advance, quiet, refresh, type Metric, type World } from '../world.ts'

/** So many calls are tried at most. */
const callsMax = 6
const lengthsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, total: 0 }

/**
 * A process that is alone lets in as many calls as there is room for in the tightest of their limits, and not one more. What is left is
 * reckoned here from the limits and from what the database says of their counters.
 */
export async function checkAlone(world: World, process: SimProcess): Promise<void> {
  for (const who of scopes.keys()) {
    // Not at the end of a window.
    if (world.wallMs % 60_000 > 50_000) world.wallMs += 10_000
    await refresh(world)
    const lefts = leftsOf(world, process, who)
    const plan: CallPlan = { who, model: 'm', isHeld: false, cost: part(lefts, 'cost'), tokens: part(lefts, 'tokens') }
    const worst = { cost: plan.cost, tokens: plan.tokens, requests: 1, parallel: 1 }
    const room = Math.min(...lefts.map(({ metric, left }) => Math.floor(left / worst[metric])))
    for (let made = 0; made < Math.min(room + 1, callsMax); made++) await checkCall(world, process, plan, made < room)
    while (process.calls.length > 0) releaseCall(process, 0)
    await advance(world, 50)
  }
}

async function checkCall(world: World, process: SimProcess, plan: CallPlan, isThereRoom: boolean): Promise<void> {
  const before = process.calls.length
  const made = call(world, process, plan)
  await quiet(world)
  // There may be leases of the dead yet, whom the process asks in vain.
  await advance(world, 300)
  await quiet(world)
  await made
  const isAdmitted = process.calls.length > before
  if (isAdmitted === isThereRoom) return
  const scope = JSON.stringify({ ...plan, lefts: leftsOf(world, process, plan.who).map(({ counter, left }) => `${left} in ${counter}`) })
  world.violations.push(isThereRoom ? `liveness: there was room for ${scope}` : `M1: there was no room for ${scope}`)
}

/** A third of what is left where it is least, so that a few calls use it up. */
function part(lefts: ReturnType<typeof leftsOf>, metric: Metric): number {
  const least = Math.min(...lefts.map((one) => (one.metric === metric ? one.left : Infinity)))
  return Number.isFinite(least) ? Math.max(1, Math.floor(least / 3)) : 1
}

/** What is left in each limit that is in force on a caller, now, what the process has of it included. */
function leftsOf(
  { look, plans, restartedMs, wallMs }: World,
  { epoch }: SimProcess,
  who: number,
): { counter: string; metric: Metric; left: number }[] {
  const { key, user, group, providerKey } = scopes[who]!
  const subjects: (number | null)[] = [key, user, group, 6, providerKey]
  return [...plans].flatMap(([id, { subject, metric, window }]) => {
    const limit = look.limits.get(id)!
    if (!limit.isInForce || !subjects.includes(subject)) return []
    const lengthMs = metric === 'parallel' ? 0 : lengthsMs[window]
    const wholeMs = lengthMs === 0 ? 0 : wallMs - (wallMs % lengthMs)
    const counter = `${id} ${Math.max(wholeMs, restartedMs.get(id) ?? 0)}`
    const { posted, leased } = look.counters.get(counter) ?? { posted: 0n, leased: 0n }
    return [{ counter, metric, left: Math.max(0, Number(limit.amount - posted - leased + (look.leases.get(`${epoch} ${counter}`) ?? 0n))) }]
  })
}
