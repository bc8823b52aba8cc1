import type { IncomingMessage, ServerResponse } from 'node:http'
import { cataloguePrice } from '../features/models/prices.catalogue.ts'
import { ensureRootTenant } from '../features/tenants/tenants.ts'
import { openEventSink } from '../features/usage/events.drain.ts'
import { ensurePartitions } from '../features/usage/events.partitions.ts'
import { openLeases } from '../features/quotas/leases/leases.ts'
import type { Platform } from '../platform/ctx.ts'
import { newId } from '../platform/ids.ts'
import { openJournal } from '../platform/journal/journal.ts'
import { errorDialectOf, isGatewayPath, routeOf } from './admission/endpoints.ts'
import { answerRefusal, Refused } from './errors.ts'
import { generate } from './generate.ts'
import { gatewayMetrics } from './metrics.ts'
import { listModels } from './models-list.ts'
import { startDrain } from './settlement/drain.ts'
import { endEpoch } from './settlement/end.ts'
import { recoverEpochs } from './settlement/recover.ts'
import { startSweeper } from './settlement/sweep.ts'
import { addressList } from './snapshot/apply.ts'
import { followChanges } from './snapshot/follow.ts'
import { emptySnapshot } from './snapshot/snapshot.ts'
import { defaultBounds, type GatewayBounds, type GatewayState } from './state.ts'
import { journalStatus, type GatewayStatus } from './status.ts'
import { openPools } from './upstream/pools.ts'
import { ClientLeft } from './upstream/request-body.ts'

export type Gateway = {
  /** Takes a request whose path is the gateway's, and answers it in its own time; false leaves it to somebody else. */
  handle(req: IncomingMessage, res: ServerResponse): boolean
  status(): GatewayStatus
  /** Admits nothing more, lets calls under way end within a time, and brings what is settled to the database. */
  close(): Promise<void>
}

/**
 * `onMustEnd`: another process has taken this one's life over, since nothing was heard of it for long. It admits nothing more under limits;
 * it is to be closed, and a new one opened.
 */
export type GatewayOptions = { databaseUrl: string; journalDir: string; bounds?: Partial<GatewayBounds>; onMustEnd?: () => void }

/** More where the journal may be large: a segment is an open file. */
const journalSegmentBytesMin = 8 * 1024 * 1024
const journalSegmentsMax = 64
const partitionsEveryMs = 3600_000

/**
 * Opens the gateway: brings what earlier lives left in their journals into the database, loads the snapshot, and only then admits calls.
 * Any number of gateways share a database. Throws when any of that fails.
 */
export async function openGateway(platform: Platform, options: GatewayOptions): Promise<Gateway> {
  const { db, log, bus, config } = platform
  const { journalDir } = options
  const bounds = { ...defaultBounds, ...options.bounds }
  const epoch = newId()
  await ensurePartitions(db, platform.now())
  const { id: database } = await ensureRootTenant(db, platform.now())
  const sink = openEventSink(options.databaseUrl)
  await recoverEpochs(db, sink, journalDir, database, log).catch(async (error: unknown) => {
    await sink.close()
    throw error
  })
  const snapshot = emptySnapshot()
  const leases = await openLeases({
    store: options.databaseUrl,
    book: snapshot.limits,
    epoch,
    log,
    listen: (hear) => bus.listen('slack', hear),
    onBlocked: () => {
      log.fatal({ epoch }, 'nothing was heard of this gateway for so long that another has taken over its limits; it has to end')
      options.onMustEnd?.()
    },
  })
  const follower = followChanges(platform, snapshot, gatewayMetrics.changed, leases.surrender)
  await follower.catchUp()
  const journal = await openJournal({
    dir: journalDir,
    epoch,
    database,
    sync: config.journalSync,
    segmentBytes: Math.max(journalSegmentBytesMin, Math.floor(config.journalBytesMax / journalSegmentsMax)),
    maxBytes: config.journalBytesMax,
  })
  const state: GatewayState = {
    platform,
    bounds,
    snapshot,
    journal,
    sink,
    drain: startDrain({ sink, log, journal, epoch, snapshot, leases, now: Date.now }),
    epoch,
    leases,
    pools: openPools(platform.egress, bounds),
    trustedProxies: config.trustedProxies.length > 0 ? addressList(config.trustedProxies) : null,
    openCalls: 0,
    requestBytes: 0,
    drains: 0,
    isClosing: false,
    onIdle: null,
  }
  bus.subscribe(() => (state.isClosing ? Promise.resolve() : follower.catchUp()))
  await bus.caughtUp()
  // The catalogue is large and read on first use: better now than in somebody's call.
  cataloguePrice('openai', 'gpt-4o-mini', platform.now())
  return gatewayOf(state, follower.delayMs)
}

function gatewayOf(state: GatewayState, revocationDelayMs: () => number | null): Gateway {
  const { db, log, now } = state.platform
  const partitions = setInterval(
    () => void ensurePartitions(db, now()).catch((err: unknown) => log.warn({ err }, 'the next partition of usage could not be made')),
    partitionsEveryMs,
  ).unref()
  const sweeper = startSweeper({ db, log, epoch: state.epoch })
  const status = (): GatewayStatus => statusOf(state, revocationDelayMs())
  const unwatch = gatewayMetrics.watch(status)
  return {
    handle(req, res) {
      if (!isGatewayPath(req.url ?? '')) return false
      void serve(state, req, res)
      return true
    },
    status,
    async close() {
      clearInterval(partitions)
      await sweeper.close()
      unwatch()
      await closeState(state)
    },
  }
}

/** Every request of the gateway ends here: answered, refused in its dialect, or left by its client. */
async function serve(state: GatewayState, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const requestId = newId()
  try {
    const route = routeOf(req.method ?? '', req.url ?? '')
    if (route === 'not_found') throw new Refused('not_found', 'There is nothing at this path.')
    if (route === 'method_not_allowed') throw new Refused('method_not_allowed', 'This path does not take this method.')
    if (route.kind === 'models') listModels(state, req, res, requestId)
    else await generate(state, req, res, requestId, route.endpoint)
  } catch (error) {
    if (error instanceof ClientLeft) return
    const refused =
      error instanceof Refused ? error : new Refused('internal', 'The gateway made a mistake. It is in its log under this request id.')
    if (refused !== error) state.platform.log.error({ err: error, requestId }, 'a call failed in the gateway')
    gatewayMetrics.refused(refused.code)
    answerRefusal(res, errorDialectOf(req.url ?? ''), requestId, refused)
  }
}

function statusOf(state: GatewayState, revocationDelayMs: number | null): GatewayStatus {
  const { problems, ...journal } = journalStatus(state.journal)
  return {
    ...journal,
    openCalls: state.openCalls,
    waitingEvents: state.drain.waitingEvents(),
    lagSeconds: state.drain.lagMs(Date.now()) / 1000,
    admitting: !state.isClosing && problems.length === 0,
    problems: state.isClosing ? ['the gateway is stopping'] : problems,
    revocationDelayMs,
  }
}

async function closeState(state: GatewayState): Promise<void> {
  if (state.isClosing) return
  state.isClosing = true
  const { closeTimeoutMs } = state.bounds
  await idleWithin(state, closeTimeoutMs)
  // Cuts what is still under way: it is settled as far as it came.
  await state.pools.close()
  await idleWithin(state, 2_000)
  await state.drain.close(closeTimeoutMs)
  await state.sink.close()
  await state.leases.close()
  await endEpoch(state.platform, state.journal, state.epoch)
}

async function idleWithin(state: GatewayState, timeoutMs: number): Promise<void> {
  if (state.openCalls === 0) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs)
    state.onIdle = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}
